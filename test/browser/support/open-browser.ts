import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from './find-chromium.ts';

/** How a window looks. */
export interface WindowOptions {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** A window with a session of its own, and everything in it that went wrong by itself: exceptions, refused scripts and styles. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly errors: readonly string[];
}

export interface OpenBrowser {
  readonly browser: Browser;
  open(options?: WindowOptions): Promise<Window>;
  close(): Promise<void>;
}

/** Chromium without a screen. The tests wait for what they want to see; nothing is timed. */
export async function openBrowser(): Promise<OpenBrowser> {
  const executablePath = await findChromium((line) => process.stderr.write(`${line}\n`));
  const browser = await chromium.launch({ executablePath, args: ['--disable-dev-shm-usage', '--disable-gpu'] });
  return {
    browser,
    async open({ theme = 'light', width = 1280, height = 900 } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' });
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        // What the API refuses (4xx) Chromium writes there too; that is asked for by tests and shown by the page.
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) errors.push(message.text());
      });
      return { page, context, errors };
    },
    close: () => browser.close(),
  };
}
