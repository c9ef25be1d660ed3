import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Manifest } from '../../core/objects/object.ts';
import { parseManifests, toManifest } from '../../core/objects/parse.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, fromProblem, notAsAsked } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** The whole of a dump of a cluster may be large. */
const LIMITS = { characters: 256_000_000, documents: 100_000, depth: 100, nodes: 20_000_000, aliases: 1000 };

/** Objects of a file of YAML or JSON, documents or a List; `-` is standard input. */
export async function readObjects(file: string, terminal: Terminal): Promise<Result<readonly Manifest[], Failure>> {
  const text = await (file === '-' ? terminal.readInput() : readFile(resolve(terminal.cwd, file), 'utf8')).catch(() => undefined);
  if (text === undefined) return notAsAsked(`${file} cannot be read`);
  const { documents, problems } = parseManifests(text, { file, limits: LIMITS });
  const [first] = problems;
  if (first !== undefined) return err(fromProblem(first, EXIT.notAsAsked));
  return ok(documents.map((document) => document.manifest));
}

/** What a folder renders to, with the engine that it asks for; a file is taken as it is. */
export async function loadManifests(
  path: string,
  options: {
    readonly terminal: Terminal;
    readonly namespace?: string;
    readonly dialect: 'argo' | 'flux';
    readonly root?: string;
  },
): Promise<Result<readonly Manifest[], Failure>> {
  const { terminal, namespace, dialect } = options;
  const folder = resolve(terminal.cwd, path);
  const found = path === '-' ? undefined : await stat(folder).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) return readObjects(path, terminal);
  const { findRoot, listFolder, pathBelow } = await import('../render/folder-tree.ts');
  const { detectEngine, renderFolder } = await import('../render/render-folder.ts');
  const root = options.root === undefined ? await findRoot(folder) : resolve(terminal.cwd, options.root);
  const below = pathBelow(root, folder);
  if (below === undefined) return notAsAsked(`${path} is outside of --root`);
  const tree = await listFolder(root).catch(() => undefined);
  if (tree === undefined) return notAsAsked(`the folder ${root} cannot be read`);
  const isFlux = dialect === 'flux';
  const detected = detectEngine(tree, below);
  const engine = isFlux && detected === 'directory' ? 'kustomize' : detected;
  const wasmPath = await (await import('../../renderer/build-renderer.ts')).buildRenderer((line) => terminal.say(line));
  const engines = (await import('../../renderer/node/render-in-thread.ts')).renderInThread({ wasmPath });
  try {
    const answer = await renderFolder(
      {
        engine,
        path: below,
        files: [],
        kustomize: {
          ...(isFlux ? { dialect: 'flux' as const, generate: true } : {}),
          ...(namespace === undefined ? {} : { namespace }),
        },
        helm: {
          releaseName: basename(folder),
          namespace: namespace ?? 'default',
          valueFiles: [],
          parameters: [],
          apiVersions: [],
        },
        directory: { recurse: true },
      },
      tree,
      (request) => engines.render(request),
    );
    for (const warning of answer.warnings) terminal.say(`warning: ${warning}`);
    if (answer.problem !== undefined) {
      const { code, message, file } = answer.problem;
      return err(fromProblem(problem(code, message, file === undefined ? {} : { where: file }), EXIT.notAsAsked));
    }
    const manifests: Manifest[] = [];
    for (const object of answer.objects ?? []) {
      const manifest = toManifest(object);
      if (!manifest.ok) return notAsAsked(manifest.error);
      manifests.push(manifest.value);
    }
    return ok(manifests);
  } finally {
    await engines.close();
  }
}
