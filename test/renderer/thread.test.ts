import { afterAll, describe, expect, it } from 'vitest';
import { buildRenderer } from '../../renderer/build-renderer.ts';
import { type RenderThread, renderInThread } from '../../renderer/node/render-in-thread.ts';
import { chart, configMap, names, toFiles } from './test-engine.ts';

const threads: RenderThread[] = [];
afterAll(() => Promise.all(threads.map((t) => t.close())));

async function thread(timeoutMs?: number): Promise<RenderThread> {
  const wasmPath = await buildRenderer((line) => console.log(line));
  const made = renderInThread({ wasmPath, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  threads.push(made);
  return made;
}

const HELM = { engine: 'helm', path: 'c' } as const;
const ENDLESS = '{{ range 10000 }}{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}{{ end }}';

describe('rendering in a thread of its own', () => {
  it('gives what the engine gives, in the order asked', async () => {
    const t = await thread();
    const asked = ['one', 'two', 'three'].map((name) => t.render({ ...HELM, files: toFiles(chart(configMap(name))) }));
    expect((await Promise.all(asked)).map((r) => names(r)[0])).toEqual(['ConfigMap/one', 'ConfigMap/two', 'ConfigMap/three']);
  });

  it('S20: is ended after its time and works again afterwards', async () => {
    const t = await thread(3_000);
    const endless = await t.render({ ...HELM, files: toFiles(chart(ENDLESS)), limits: { steps: 1e15 } });
    expect(endless.problem?.code).toBe('render.limit_steps');
    expect(names(await t.render({ ...HELM, files: toFiles(chart(configMap('again'))) }))).toEqual(['ConfigMap/again']);
  });

  it('says so when the engine cannot be loaded', async () => {
    const t = renderInThread({ wasmPath: '/nowhere/renderer.wasm' });
    threads.push(t);
    expect((await t.render({ ...HELM, files: [] })).problem?.code).toBe('render.bug');
  });
});
