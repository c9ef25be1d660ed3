import type { RenderFile, RenderRequest, RenderResponse } from '../../core/render/render-types.ts';
import { buildRenderer } from '../../renderer/build-renderer.ts';
import type { Engine } from '../../renderer/host/engine.ts';
import { render } from '../../renderer/host/render.ts';
import { loadEngine } from '../../renderer/node/load-engine.ts';

let engine: Promise<Engine> | undefined;

/** The engine that all tests of a file share; built once a machine. */
export function testEngine(): Promise<Engine> {
  engine ??= buildRenderer((line) => console.log(line)).then((path) => loadEngine(path, { now: () => 1_760_000_000_000 }));
  return engine;
}

/** A tree written as `{path: text}`; `{link}` is a symbolic link. */
export type Tree = Readonly<Record<string, string | { readonly link: string }>>;

/** The files of a tree as the renderer takes them. */
export function toFiles(tree: Tree): RenderFile[] {
  const encoder = new TextEncoder();
  return Object.entries(tree).map(([path, body]) =>
    typeof body === 'string'
      ? { path, content: encoder.encode(body) }
      : { path, content: encoder.encode(body.link), mode: 'link' as const },
  );
}

/** Renders a tree with the shared engine. */
export async function renderTree(tree: Tree, request: Omit<RenderRequest, 'files'>): Promise<RenderResponse> {
  return render(await testEngine(), { ...request, files: toFiles(tree) });
}

/** `Kind/name` of every object, in order. */
export function names(response: RenderResponse): string[] {
  if (response.problem !== undefined) throw new Error(`${response.problem.code}: ${response.problem.message}`);
  return (response.objects ?? []).map((o) => {
    const metadata = o['metadata'] as { name?: string } | undefined; // what the engines always give
    return `${String(o['kind'])}/${metadata?.name ?? ''}`;
  });
}

/** A manifest of a ConfigMap. */
export function configMap(name: string, data: Readonly<Record<string, string>> = {}): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: ${JSON.stringify(data)}\n`;
}

/** A chart of one template. */
export function chart(template: string, values = ''): Tree {
  return {
    'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'c/values.yaml': values,
    'c/templates/t.yaml': template,
  };
}
