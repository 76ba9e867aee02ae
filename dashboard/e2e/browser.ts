/** Which browser the tests drive: CHROMIUM_PATH, else one that is installed, else none. */
import { existsSync } from 'node:fs';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium'
];

export function browserPath(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  return INSTALLED.find((path) => existsSync(path)) ?? null;
}

/** For Playwright: that browser, quiet, and without a sandbox that root could not have. */
export function launchOptions() {
  const executablePath = browserPath();
  return {
    ...(executablePath === null ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update']
  };
}
