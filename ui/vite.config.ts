import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Browsers that have light-dark(), popovers and `dialog`: nothing needs to be rewritten for them. */
const BROWSERS = ['chrome123', 'firefox125', 'safari17.5'];

const WORKER = process.env['PLUMBLINE_URL'] ?? 'http://127.0.0.1:8787';

/**
 * The dashboard: static files that the Worker serves. Nothing inline (its Content-Security-Policy allows only files of its own origin), names of
 * assets carry a hash of their content, so that they may be kept for ever.
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  clearScreen: false,
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: BROWSERS,
    cssTarget: BROWSERS,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npx vite ui` beside a running `plumb serve` shows changes at once. The Worker takes changes from its own origin only: it
  // keeps the browser's Host, and so believes this one to be it.
  server: {
    proxy: Object.fromEntries(['/api', '/auth', '/badge'].map((path) => [path, { target: WORKER }])),
  },
});
