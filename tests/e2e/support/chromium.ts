import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** A browser that is installed here; `undefined` where there is none. */
export const chromiumPath: string | undefined = candidates.find((path) => existsSync(path));

/** Where the tests in a browser may not be left out. */
export const isBrowserRequired = process.env['CI'] === 'true';

export async function openChromium(): Promise<Browser> {
  if (chromiumPath === undefined)
    throw new Error('There is no Chromium here: install one, such as Debian’s package chromium.');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
