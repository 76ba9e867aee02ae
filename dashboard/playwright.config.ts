import { defineConfig } from '@playwright/test';
import { launchOptions } from './e2e/browser.ts';

export default defineConfig({
  testDir: 'e2e',
  timeout: 120_000,
  workers: 1,
  forbidOnly: true,
  reporter: 'list',
  use: { launchOptions: launchOptions() }
});
