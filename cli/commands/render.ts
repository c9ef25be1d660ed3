import { basename, join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { JsonObject } from '../../core/objects/object.ts';
import { PROBLEM_KINDS } from '../../core/problem/codes.ts';
import { problem } from '../../core/problem/problem.ts';
import type {
  RenderDirectory,
  RenderHelm,
  RenderKustomize,
  RenderRequest,
  RenderResponse,
} from '../../core/render/render-types.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, fromProblem, usage } from '../failure.ts';
import type { OutputFormat } from '../output/output-format.ts';
import { addExamples, addOutputOption, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly root?: string;
  readonly engine: RenderRequest['engine'] | 'auto';
  readonly namespace?: string;
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly releaseName?: string;
  readonly skipCrds?: true;
  readonly kubeVersion?: string;
  readonly apiVersions: readonly string[];
  readonly flux?: true;
  readonly recurse?: true;
  readonly include?: string;
  readonly exclude?: string;
  readonly allowEmpty?: true;
}

const collect = (value: string, all: readonly string[]) => [...all, value];

/** `plumb render <dir>`: what the Worker would make of a folder, offline and without a commit. Ends with 1 when it does not render. */
export function defineRender(program: Command, terminal: Terminal): void {
  const command = addOutputOption(
    program
      .command('render')
      .description('render a folder offline with the engines of the Worker; YAML on standard output')
      .argument('<dir>', 'a chart, an overlay, or a folder of manifests'),
  )
    .option(
      '--root <dir>',
      'root of the repository: nothing outside is read (default: the nearest folder above with .git, else <dir>)',
    )
    .addOption(
      new Option('--engine <engine>', 'how to render').choices(['auto', 'kustomize', 'helm', 'directory']).default('auto'),
    )
    .option('--namespace <name>', "Helm: the release's namespace; Kustomize: the namespace of every object")
    .option('--values <file>', 'Helm: value file; may be repeated', collect, [])
    .option('--set <name=value>', 'Helm: one value; may be repeated', collect, [])
    .option('--release-name <name>', "Helm: name of the release (default: the folder's)")
    .option('--skip-crds', 'Helm: leave out crds/')
    .option('--kube-version <version>', 'Helm: version of Kubernetes that the chart sees')
    .option(
      '--api-versions <version>',
      'Helm: a version that the cluster serves besides the built-in ones; may be repeated',
      collect,
      [],
    )
    .option('--flux', 'Kustomize as Flux builds it: keeps the order of files, and makes a kustomization.yaml where there is none')
    .option('--recurse', 'manifests: also those in folders below')
    .option('--include <glob>', 'manifests: only these files')
    .option('--exclude <glob>', 'manifests: not these files')
    .option('--allow-empty', 'no objects are a result too; without it they are a mistake, as for the Worker');
  addExamples(command, [
    ['an overlay', 'plumb render apps/web/overlays/prod'],
    ['a chart with its values', 'plumb render charts/web --values env/prod.yaml --namespace shop --release-name web'],
    ['what a change would do', 'plumb render apps/web | kubectl diff --server-side -f -'],
  ]);
  handle<Flags & { readonly output?: OutputFormat }>(command, terminal, async ({ flags, terminal: { cwd } }, [dir = '']) => {
    const { findRoot, listFolder, pathBelow } = await import('../render/folder-tree.ts');
    const { detectEngine, renderFolder } = await import('../render/render-folder.ts');
    const folder = resolve(cwd, dir);
    const root = flags.root === undefined ? await findRoot(folder) : resolve(cwd, flags.root);
    const path = pathBelow(root, folder);
    if (path === undefined) return usage(`${dir} is outside of --root`);
    const tree = await listFolder(root).catch(() => undefined);
    if (tree === undefined) return usage(`the folder ${root} cannot be read`);
    const engine = flags.engine === 'auto' ? detectEngine(tree, path) : flags.engine;
    const helm = helmOptions(flags, (file) => pathBelow(root, resolve(cwd, file)), path === '' ? basename(root) : basename(path));
    if (!helm.ok) return helm;
    const options = { kustomize: kustomizeOptions(flags), helm: helm.value, directory: directoryOptions(flags) };
    const wasmPath = await (await import('../../renderer/build-renderer.ts')).buildRenderer((line) => terminal.say(line));
    const engines = (await import('../../renderer/node/render-in-thread.ts')).renderInThread({ wasmPath });
    try {
      const answer = await renderFolder({ engine, path, files: [], ...options }, tree, (request) => engines.render(request));
      return await show(answer, {
        terminal,
        format: flags.output ?? 'yaml',
        allowEmpty: flags.allowEmpty === true,
        shownPath: (file) => relative(cwd, join(root, file)),
      });
    } finally {
      await engines.close();
    }
  });
}

function helmOptions(flags: Flags, pathOf: (file: string) => string | undefined, folder: string): Result<RenderHelm, Failure> {
  const valueFiles: string[] = [];
  for (const file of flags.values) {
    const path = pathOf(file);
    if (path === undefined)
      return usage(`the value file ${file} is outside of the repository`, 'Name a root that holds it with --root.');
    valueFiles.push(`/${path}`);
  }
  const parameters: { name: string; value: string }[] = [];
  for (const assignment of flags.set) {
    const at = assignment.indexOf('=');
    if (at < 1) return usage(`--set ${assignment}: it is name=value`);
    parameters.push({ name: assignment.slice(0, at), value: assignment.slice(at + 1) });
  }
  return ok({
    releaseName: flags.releaseName ?? folder,
    namespace: flags.namespace ?? 'default',
    valueFiles,
    parameters,
    apiVersions: flags.apiVersions,
    ...(flags.skipCrds === true ? { skipCrds: true } : {}),
    ...(flags.kubeVersion === undefined ? {} : { kubeVersion: flags.kubeVersion }),
  });
}

function kustomizeOptions({ flux, namespace }: Flags): RenderKustomize {
  return {
    ...(flux === true ? { dialect: 'flux' as const, generate: true } : {}),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function directoryOptions({ recurse, include, exclude }: Flags): RenderDirectory {
  return {
    ...(recurse === true ? { recurse } : {}),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

interface Show {
  readonly terminal: Terminal;
  readonly format: OutputFormat;
  readonly allowEmpty: boolean;
  /** A path of the repository as seen from the current folder. */
  shownPath(file: string): string;
}

async function show(answer: RenderResponse, { terminal, format, allowEmpty, shownPath }: Show): Promise<Result<0, Failure>> {
  for (const warning of answer.warnings) terminal.say(`warning: ${warning}`);
  if (answer.chance.length > 0) terminal.say(`warning: not reproducible, because it calls ${answer.chance.join(', ')}`);
  const { problem: reason, objects = [] } = answer;
  if (reason !== undefined) {
    const where =
      reason.file === undefined
        ? {}
        : { where: `${shownPath(reason.file)}${reason.line === undefined ? '' : `:${reason.line}`}` };
    return err({
      exit: EXIT.notAsAsked,
      code: reason.code,
      message: reason.message,
      ...where,
      fix: PROBLEM_KINDS[reason.code].fix,
    });
  }
  if (objects.length === 0 && !allowEmpty)
    return err(fromProblem(problem('render.empty', 'the folder renders to no objects'), EXIT.notAsAsked));
  if (format === 'json') terminal.out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`);
  else terminal.out(await toYaml(objects));
  return ok(EXIT.ok);
}

async function toYaml(objects: readonly JsonObject[]): Promise<string> {
  const { stringify } = await import('yaml');
  // What reads it are Kubernetes' tools, which speak YAML 1.1.
  return objects
    .map((object) => `---\n${stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`)
    .join('');
}
