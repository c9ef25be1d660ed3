import { bundleUi } from '../../build/ui-bundle.ts';

/** A Worker that holds these files and nothing else, so that no other request passes through it. */
const NAME = 'dashboard';

/**
 * The dashboard for Miniflare, built unless that was done before. A dashboard that cannot be built stops nothing else: clusters stay true without
 * it, `progress` is told why, and its address says that it is missing.
 */
export async function dashboardFiles(progress: (line: string) => void) {
  const directory = await bundleUi(progress).catch((error: unknown) => {
    progress(error instanceof Error ? error.message : String(error));
    return undefined;
  });
  if (directory === undefined) return undefined;
  return {
    binding: { type: 'worker' as const, worker: NAME },
    worker: {
      config: {
        name: NAME,
        compatibilityDate: '2026-10-01',
        manifest: {
          mainModule: 'dashboard.js',
          modulesRoot: '/',
          modules: {
            'dashboard.js': {
              type: 'esm' as const,
              contents: 'export default { fetch: (request, env) => env.ASSETS.fetch(request) };',
            },
          },
        },
        env: { ASSETS: { type: 'assets' as const } },
        assets: { directory, hasUserWorker: true, htmlHandling: 'none' as const, notFoundHandling: 'none' as const },
      },
    },
  };
}
