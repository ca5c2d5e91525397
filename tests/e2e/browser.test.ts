import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { chromiumPath, isBrowserRequired, openChromium } from './support/chromium.ts';
import { startDemo } from './support/demo-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const canRun = chromiumPath !== undefined || isBrowserRequired;
if (!canRun) console.warn('No Chromium here: the tests in a browser are skipped.');

test.skipIf(!canRun)(
  '[D6][D7][C6] in two tabs: a dropped connection, a reload and a killed server lose and double nothing',
  async () => {
    using data = temporaryDirectory();
    await using demo = await startDemo(data.path);
    await using browser = await openChromium();
    const first = await openTab(browser, demo.url);
    await first.getByTestId('agent-select').selectOption('echo');
    await first.getByTestId('new-session').click();
    await say(first, 'alpha beta gamma');
    await sees(first, 'alpha beta gamma alpha');

    const second = await openTab(browser, first.url());
    await sees(second, 'alpha beta gamma alpha'); // the text so far, in mid-stream
    await first.getByTestId('drop-connection').click();
    await second.reload();
    await sees(second, 'alpha beta gamma alpha');

    await first.getByTestId('kill-server').click();
    for (const tab of [first, second]) {
      await tab.getByTestId('timeline-event').filter({ hasText: 'run:interrupted' }).first().waitFor();
    }
    await say(second, 'delta');
    for (const tab of [first, second]) {
      await tab.getByTestId('timeline-event').filter({ hasText: 'run:completed' }).first().waitFor();
    }
    expect(demo.output()).toContain('The server is back');
    for (const tab of [first, second]) {
      const meter = tab.getByTestId('lost-doubled');
      expect(Number(await meter.getAttribute('data-received'))).toBeGreaterThan(20);
      expect([await meter.getAttribute('data-lost'), await meter.getAttribute('data-doubled')]).toEqual([
        '0',
        '0',
      ]);
    }
    expect(await conversationOf(second)).toEqual(await conversationOf(first));
  },
  120_000,
);

async function openTab(browser: Awaited<ReturnType<typeof openChromium>>, url: string): Promise<Page> {
  const context = browser.contexts()[0] ?? (await browser.newContext());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByTestId('composer').fill(words);
  await page.getByTestId('send').click();
}

async function sees(page: Page, words: string): Promise<void> {
  await page.getByTestId('block').filter({ hasText: words }).first().waitFor();
}

async function conversationOf(page: Page): Promise<string[]> {
  return page.getByTestId('block').allInnerTexts();
}
