/** What every page has to be, in light and dark, on a desk and on a phone, from left to right and from right to left. */
import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1440 },
  { name: 'dark', colorScheme: 'dark', width: 1440 },
  { name: 'light, 360 px', colorScheme: 'light', width: 360 },
  { name: 'dark, 360 px', colorScheme: 'dark', width: 360 }
] as const;
const DIRECTIONS = ['rtl', 'ltr'] as const;

/** Neither axe nor a look at the edges finds anything, in each look and direction. Leaves the page light and 1440 px wide. */
export async function expectAccessibleIn(page: Page): Promise<void> {
  for (const { name, colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    for (const dir of DIRECTIONS) {
      await page.evaluate((value) => (document.documentElement.dir = value), dir);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`
      );
      expect(found, `${name}, ${dir}`).toEqual([]);
      if (colorScheme === 'light') await expectWithinTheWindow(page, `${name}, ${dir}`);
    }
  }
  await page.evaluate(() => document.documentElement.removeAttribute('dir'));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** Nothing scrolls the page sideways, and no words or controls stand where no scrolling leads. */
async function expectWithinTheWindow(page: Page, look: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, `${look}: scrolls sideways`).toBeLessThanOrEqual(0);
  expect(await page.evaluate(besideTheWindow), `${look}: beside the window`).toEqual([]);
}

/** Runs in the page. What is cut off on purpose, with an ellipsis, or lies in something that scrolls, is not beside. */
function besideTheWindow(): string[] {
  const SEEN = 'a, button, input, select, textarea, img, svg, summary';
  const hasWords = (element: Element) =>
    [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim()
    );
  const isReached = (element: Element) => {
    for (let one: Element | null = element; one && one !== document.body; one = one.parentElement) {
      const { overflowX, textOverflow, webkitLineClamp } = getComputedStyle(one);
      if (['auto', 'scroll'].includes(overflowX) || textOverflow === 'ellipsis') return true;
      if (webkitLineClamp !== 'none') return true;
    }
    return false;
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.matches(SEEN) || hasWords(element))
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => {
      const { left, right, width, height } = element.getBoundingClientRect();
      // What only a screen reader is told is one pixel large.
      return width > 1 && height > 1 && (left < -1 || right > innerWidth + 1);
    })
    .filter((element) => !isReached(element))
    .map((element) => element.outerHTML.slice(0, 200));
}
