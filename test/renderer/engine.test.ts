import { describe, expect, it } from 'vitest';
import { buildRenderer } from '../../renderer/build-renderer.ts';
import { render } from '../../renderer/host/render.ts';
import { loadEngine } from '../../renderer/node/load-engine.ts';
import { chart, configMap, names, toFiles } from './test-engine.ts';

const HELM = { engine: 'helm', path: 'c' } as const;
const ALIVE = { ...HELM, files: toFiles(chart(configMap('alive'))) };

async function engineWith(recycleBytes?: number) {
  const wasmPath = await buildRenderer((line) => console.log(line));
  return loadEngine(wasmPath, { now: () => 0, ...(recycleBytes === undefined ? {} : { recycleBytes }) });
}

describe('one instance of the engine', () => {
  it('is kept while it is small and replaced when it has grown', async () => {
    const kept = await engineWith();
    render(kept, ALIVE);
    const size = kept.memory();
    expect(size).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) render(kept, ALIVE);
    expect(kept.memory()).toBeLessThan(size * 2);

    const replaced = await engineWith(1);
    render(replaced, ALIVE);
    expect(replaced.memory()).toBe(0);
    expect(names(render(replaced, ALIVE))).toEqual(['ConfigMap/alive']);
  });

  it('S20: that runs out of stack costs one render, with a problem that says so', async () => {
    const engine = await engineWith();
    const endless = chart('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}');
    const { problem } = render(engine, { ...HELM, files: toFiles(endless), limits: { depth: 1e9, steps: 1e15 } });
    expect(problem?.code).toMatch(/^render\.limit_(depth|memory)$/);
    expect(names(render(engine, ALIVE))).toEqual(['ConfigMap/alive']);
  });

  it('does not lose what it is given: the memory of many large requests is used again', async () => {
    const engine = await engineWith(4e9);
    const files = [
      ...ALIVE.files,
      ...Array.from({ length: 5000 }, (_, i) => ({ path: `other/${i}/f`, content: new Uint8Array(1000) })),
    ];
    render(engine, { ...ALIVE, files });
    const size = engine.memory();
    for (let i = 0; i < 15; i++) render(engine, { ...ALIVE, files });
    expect(engine.memory()).toBeLessThan(size * 2);
  });
});
