import { defineConfig } from '@playwright/test';
import { browserPath } from './e2e/browser.ts';

const executablePath = browserPath();

export default defineConfig({
  testDir: 'e2e',
  timeout: 120_000,
  workers: 1,
  forbidOnly: true,
  reporter: 'list',
  use: {
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update']
    }
  }
});
