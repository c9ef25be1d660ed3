import { fileURLToPath } from 'node:url';
import { goBuild } from '../build/go-build.ts';

/**
 * Gives the path of renderer.wasm, building it when its sources changed (about half a minute on first use).
 * @param progress called with one line for people now and then while it builds
 * @throws GoBuildError when Go is missing or too old
 */
export async function buildRenderer(progress: (line: string) => void): Promise<string> {
  return goBuild(
    {
      name: 'renderer',
      dir: fileURLToPath(new URL('./engine', import.meta.url)),
      env: { GOOS: 'wasip1', GOARCH: 'wasm' },
      args: ['-trimpath', '-buildmode=c-shared', '-ldflags=-s -w'],
      output: 'renderer.wasm',
    },
    progress,
  );
}
