import { describe, expect, it } from 'vitest';
import type { RenderRequest } from '../../../core/render/render-types.ts';
import { createTurns } from '../../../src/platform/turns.ts';
import { createRenderer } from '../../../src/render/call-renderer.ts';
import { answer } from './fake-engine.ts';

const request = (path: string): RenderRequest => ({
  engine: 'directory',
  path,
  files: [
    { path: `${path}/a.yaml`, content: new TextEncoder().encode('{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}') },
  ],
});

/** A renderer's binding: `hang` never answers, a number is a status, anything else renders. Deadlines are short. */
function binding(behaviour: (path: string, call: number) => 'hang' | 'lost' | 'text' | number | undefined) {
  const calls: string[] = [];
  return {
    calls,
    renderer: createRenderer(
      {
        async fetch(url, init) {
          if (url.endsWith('/version')) return new Response('v1', { headers: { 'x-engine-version': 'v1' } });
          const bytes = init?.body as Uint8Array; // the renderer's only kind of body
          const length = new DataView(bytes.buffer).getUint32(0, true);
          const { path } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as { path: string };
          calls.push(path);
          const what = behaviour(path, calls.length);
          if (what === 'hang')
            return new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
          if (what === 'lost') throw new TypeError('the connection was reset: canary');
          if (what === 'text') return new Response('not JSON');
          if (what !== undefined) return new Response('', { status: what });
          return Response.json(answer(request(path)), { headers: { 'x-engine-version': 'v2' } });
        },
      },
      () => AbortSignal.timeout(5),
    ),
  };
}

describe('the renderer', () => {
  it('names its version, asked for once and corrected by every answer', async () => {
    const { renderer } = binding(() => undefined);
    expect(await renderer.version()).toEqual({ ok: true, value: 'v1' });
    await renderer.render(request('web'));
    expect(await renderer.version()).toEqual({ ok: true, value: 'v2' });
  });

  it('that runs into the deadline twice with one App blames it, and others are unaffected (S20)', async () => {
    const { renderer, calls } = binding((path) => (path === 'hostile' ? 'hang' : undefined));
    const turn = createTurns();
    const [hostile, web] = await Promise.all(['hostile', 'web'].map((path) => turn(() => renderer.render(request(path)))));
    expect(hostile?.ok === false && hostile.error.code).toBe('render.limit_steps');
    expect(web?.ok).toBe(true);
    expect(calls).toEqual(['hostile', 'hostile', 'web']);
  });

  it('that answers on the second try is not blamed on the App', async () => {
    const { renderer } = binding((_path, call) => (call === 1 ? 'hang' : undefined));
    expect((await renderer.render(request('web'))).ok).toBe(true);
  });

  it.each<[string, 'lost' | 'text' | number]>([
    ['is lost', 'lost'],
    ['fails', 500],
    ['is over its limit of CPU', 503],
    ['answers something else', 'text'],
  ])('that %s is tried again later, and no text of the failure is repeated', async (_name, what) => {
    const rendered = await binding(() => what).renderer.render(request('web'));
    expect(rendered.ok === false && rendered.error.code).toBe('render.unavailable');
    expect(JSON.stringify(rendered)).not.toContain('canary');
  });
});
