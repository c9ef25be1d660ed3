import { defineConfig } from 'vitest/config';

/**
 * Two projects: `core` needs nothing but Node and stays within seconds, `system` uses the real control plane,
 * the real Worker in workerd and real Git servers, shared by all its files through its global set-ups.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/core/**/*.test.ts', 'test/src/**/*.test.ts', 'test/agent/**/*.test.ts', 'test/cli/**/*.test.ts', 'test/architecture.test.ts'],
          environment: 'node',
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/{devcluster,renderer,cluster,contract,journey,protocol,install,bench}/**/*.test.ts'],
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
