import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { comesToBe } from './finding.ts';
import type { PagesSetting } from './pages.ts';

/** Rules of axe that depend on the theme; all others see the same page in each. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Has the system ask for something else, and waits until the page has the theme for it, which is light or dark. */
async function switchTo(
  page: Page,
  scheme: 'light' | 'dark',
  media: NonNullable<Parameters<Page['emulateMedia']>[0]>,
): Promise<void> {
  await page.emulateMedia(media);
  await comesToBe<unknown>(() => page.evaluate('document.documentElement.style.colorScheme'), scheme);
  // Transitions begin with the frame after that.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}

/** Expects that nothing on a page is wider than the window. */
async function expectToFit(page: Page, width: number, where: string): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
  expect({ where, width, spills: reaches > width }).toEqual({ where, width, spills: false });
}

/**
 * Expects axe to find nothing on a page as it is, in light, dark and high contrast, and that it fits a phone and, for 200 %,
 * half the width of a screen. It is as wide as before afterwards, and light.
 */
export async function expectGoodLooks(pages: PagesSetting, page: Page, where: string): Promise<void> {
  const before = page.viewportSize();
  await pages.expectAccessible(page, where);
  await switchTo(page, 'dark', { colorScheme: 'dark' });
  await pages.expectAccessible(page, `${where} in the dark`, OF_COLOURS);
  await switchTo(page, 'light', { colorScheme: 'light' });
  await switchTo(page, 'dark', { contrast: 'more' });
  await pages.expectAccessible(page, `${where} in high contrast`, OF_COLOURS);
  await switchTo(page, 'light', { contrast: 'no-preference' });
  await expectToFit(page, 640, where);
  await expectToFit(page, 390, where);
  if (before !== null) await page.setViewportSize(before);
}
