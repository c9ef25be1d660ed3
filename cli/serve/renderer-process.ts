import { setTimeout as sleep } from 'node:timers/promises';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { bundleRendererWorker } from '../../renderer/bundle-worker.ts';
import { freePort } from './free-port.ts';

/** How long the renderer may be busy without answering before its process is killed and replaced. */
const HUNG_MS = 10_000;
const CHECK_MS = 2_000;

/** The renderer in a workerd process of its own: WebAssembly cannot be interrupted from outside, but a process can be killed. */
export interface RendererProcess {
  /** `127.0.0.1:port`; stays the same when the process is replaced. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts it and watches it; `log` is told when it had to be replaced. */
export async function startRenderer(options: {
  readonly progress: (line: string) => void;
  readonly log: (line: string) => void;
}): Promise<RendererProcess> {
  const config = await bundleRendererWorker(options.progress);
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const start = async () => {
    const miniflare = new Miniflare({
      host: '127.0.0.1',
      port,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      workers: [{ config }],
    });
    await miniflare.ready;
    return miniflare;
  };
  let running = await start();
  const stopping = new AbortController();
  const watch = async () => {
    while (!stopping.signal.aborted) {
      await sleep(CHECK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted || (await answers(address))) continue;
      options.log('the renderer did not answer for 10 s: its process is replaced');
      await running.dispose().catch(() => undefined);
      running = await start();
    }
  };
  const watching = watch();
  return {
    address,
    async stop() {
      stopping.abort();
      await watching;
      await running.dispose();
    },
  };
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/version`, { signal: AbortSignal.timeout(HUNG_MS) })).ok;
  } catch {
    return false;
  }
}
