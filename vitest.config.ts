import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** These run `plumb` as a person would, dozens of times; each start takes a moment. */
const COMMANDS = ['test/cli/{plumb,ledger,plan,health-command,tls,day,day-*}.test.ts'];

/**
 * Two projects: `core` needs nothing but Node and stays within seconds, `system` uses the real control plane,
 * the real Worker in workerd and real Git servers, shared by all its files through its global set-up.
 */
export default defineConfig({
  test: {
    // One result file for each run, for whoever counts them.
    reporters:
      process.env['CI'] === undefined
        ? ['default']
        : ['default', ['json', { outputFile: `dist/test-results/${process.pid}.json` }]],
    projects: [
      {
        test: {
          name: 'core',
          include: [
            'test/core/**/*.test.ts',
            'test/src/**/*.test.ts',
            'test/agent/**/*.test.ts',
            'test/cli/**/*.test.ts',
            'test/ui/**/*.test.ts',
            'test/architecture.test.ts',
          ],
          exclude: ['test/cli/engine/**', ...COMMANDS],
          environment: 'node',
          testTimeout: 20_000,
          // Vitest leaves one core alone, of two that is half of them.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        test: {
          name: 'system',
          include: [
            'test/{devcluster,renderer,sandbox,cluster,contract,journey,install,bench,browser}/**/*.test.ts',
            // These start the renderer, which Go builds first.
            'test/cli/engine/**/*.test.ts',
            ...COMMANDS,
          ],
          environment: 'node',
          globalSetup: ['test/devcluster/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
