import { readSeed } from '../cli/demo/seed-files.ts';
import { startRenderer } from '../cli/serve/renderer-process.ts';
import { toUtf8 } from '../core/json/bytes.ts';
import { encodeRenderRequest, type RenderRequest, type RenderResponse } from '../core/render/render-types.ts';
import type { Samples } from './measurement.ts';

/** One render by one engine in the renderer's own process: the first (the engine is instantiated), and warm. */
export async function renderTimes(
  engine: RenderRequest['engine'],
  runs: number,
  log: (line: string) => void,
): Promise<Samples[]> {
  const renderer = await startRenderer({ progress: log, log, warm: false });
  try {
    const files = Object.entries(await readSeed('http://127.0.0.1/demo.git')).map(([path, text]) => ({
      path,
      content: toUtf8(text),
    }));
    const path = { kustomize: 'apps/shop/overlays/prod', helm: 'charts/store', directory: 'apps/guestbook' }[engine];
    const helm = engine === 'helm' ? { helm: { releaseName: 'store', namespace: 'store' } } : {};
    const body = encodeRenderRequest({
      engine,
      path,
      files: files.filter((file) => file.path.startsWith(path.split('/').slice(0, 2).join('/'))),
      ...helm,
    });
    const render = async () => {
      const since = performance.now();
      const answer = await fetch(`http://${renderer.address}/`, { method: 'POST', body: new Uint8Array(body) });
      const response = (await answer.json()) as RenderResponse; // our own Worker
      if (response.objects === undefined) throw new Error(response.problem?.message ?? 'nothing was rendered');
      return performance.now() - since;
    };
    const cold = [await render()];
    const warm: number[] = [];
    for (let run = 0; run < runs; run++) warm.push(await render());
    return [
      { metric: 'cold', unit: 'ms', values: cold },
      { metric: 'warm', unit: 'ms', values: warm },
    ];
  } finally {
    await renderer.stop();
  }
}
