/** Moves a strip that scrolls sideways, and nothing else, until what stands in it is in its middle; whichever way the page runs. */
export function bringInSight(strip: Element, inside: Element): void {
  const [outer, inner] = [strip.getBoundingClientRect(), inside.getBoundingClientRect()];
  strip.scrollBy({ left: inner.left + inner.width / 2 - outer.left - outer.width / 2 });
}

/** For a strip of links: the one that leads to where one is, is in sight, however wide the window. `at` is what it depends on. */
export function currentInSight(at: () => unknown) {
  return (strip: Element) => {
    const show = () => {
      const current = strip.querySelector('[aria-current]');
      if (current) bringInSight(strip, current);
    };
    $effect(() => {
      at();
      show();
    });
    const widths = new ResizeObserver(show);
    widths.observe(strip);
    return () => widths.disconnect();
  };
}
