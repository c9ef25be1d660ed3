import { setTimeout as sleep } from 'node:timers/promises';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { toUtf8 } from '../../core/json/bytes.ts';
import { encodeRenderRequest } from '../../core/render/render-types.ts';
import { bundleRendererWorker } from '../../renderer/bundle-worker.ts';
import { freePort } from './free-port.ts';
import { keepSignals } from './keep-signals.ts';

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
  /** Whether a first render instantiates the engine in advance. Default true. */
  readonly warm?: boolean;
}): Promise<RendererProcess> {
  const config = await bundleRendererWorker(options.progress);
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const start = () =>
    keepSignals(async () => {
      const miniflare = new Miniflare({
        host: '127.0.0.1',
        port,
        log: new Log(LogLevel.ERROR),
        logRequests: false,
        cf: false,
        workers: [{ config }],
      });
      await miniflare.ready;
      // Nobody waits for it: the first push finds the engine instantiated.
      if (options.warm !== false) void warm(address);
      return miniflare;
    });
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

/** Renders one small object. */
async function warm(address: string): Promise<void> {
  const content = toUtf8('{apiVersion: v1, kind: ConfigMap, metadata: {name: warm}}');
  const request = encodeRenderRequest({ engine: 'directory', path: '', files: [{ path: 'warm.yaml', content }] });
  await fetch(`http://${address}/`, { method: 'POST', body: new Uint8Array(request) }).catch(() => undefined);
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/version`, { signal: AbortSignal.timeout(HUNG_MS) })).ok;
  } catch {
    return false;
  }
}
