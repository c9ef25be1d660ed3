import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRenderRequest, type RenderRequest, type RenderResponse } from '../../core/render/render-types.ts';
import { bundleRendererWorker, RENDERER_WORKER } from '../../renderer/bundle-worker.ts';
import { readBounded } from '../../renderer/host/read-bounded.ts';
import { chart, configMap, names, toFiles } from './test-engine.ts';

let workerd: Miniflare;
beforeAll(async () => {
  const config = await bundleRendererWorker((line) => console.log(line));
  // Miniflare's own type asks for mutable records of what it only reads.
  workerd = new Miniflare({ workers: [{ config: config as never }] });
  await workerd.ready;
});
afterAll(() => workerd.dispose());

async function post(request: RenderRequest): Promise<RenderResponse> {
  const response = await workerd.dispatchFetch('http://renderer/', { method: 'POST', body: encodeRenderRequest(request) });
  expect(response.status).toBe(200);
  return (await response.json()) as RenderResponse;
}

describe("the renderer's Worker in workerd", () => {
  it('renders an overlay and a chart', async () => {
    const files = toFiles({ 'k/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: x-\n', 'k/a.yaml': configMap('a') });
    expect(names(await post({ engine: 'kustomize', path: 'k', files }))).toEqual(['ConfigMap/x-a']);
    expect(names(await post({ engine: 'helm', path: 'c', files: toFiles(chart(configMap('h'))) }))).toEqual(['ConfigMap/h']);
  });

  it('S20: ends a template without end although the clock stands still, and renders on', async () => {
    const endless = '{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}{{ end }}';
    const response = await post({ engine: 'helm', path: 'c', files: toFiles(chart(endless)) });
    expect(response.problem?.code).toBe('render.limit_steps');
    expect(names(await post({ engine: 'helm', path: 'c', files: toFiles(chart(configMap('alive'))) }))).toEqual([
      'ConfigMap/alive',
    ]);
  });

  it('says which engine it runs', async () => {
    const version = await (await workerd.dispatchFetch('http://renderer/version')).text();
    expect(version).toMatch(/^[A-Za-z0-9_-]{20}$/);
    const other = await workerd.dispatchFetch('http://renderer/', { method: 'POST', body: new Uint8Array(0) });
    expect(other.headers.get('x-engine-version')).toBe(version);
    expect(RENDERER_WORKER).toBe('plumbline-renderer');
  });

  it('answers nothing else', async () => {
    expect((await workerd.dispatchFetch('http://renderer/')).status).toBe(404);
    expect((await workerd.dispatchFetch('http://renderer/else', { method: 'POST', body: 'x' })).status).toBe(404);
  });
});

describe('a body of unknown length', () => {
  it('S24: is not read beyond the limit', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const request = new Request('http://renderer/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await readBounded(request, 10_000)).toBeUndefined();
    expect(pulled).toBeLessThan(20);
  });

  it('S24: is refused unread when it says that it is too long', async () => {
    const request = new Request('http://renderer/', { method: 'POST', body: 'short', headers: { 'content-length': '99999' } });
    expect(await readBounded(request, 10_000)).toBeUndefined();
  });
});
