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
    // It tells of what it observes anew too, once that is laid out: to measure any earlier has the browser lay the page out twice.
    const widths = new ResizeObserver(show);
    $effect(() => {
      at();
      widths.unobserve(strip);
      widths.observe(strip);
    });
    return () => widths.disconnect();
  };
}
