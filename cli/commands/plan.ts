import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { AppPolicy, Dialect } from '../../core/app/policy.ts';
import type { Sandbox } from '../../core/health/sandbox.ts';
import { ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, notAsAsked } from '../failure.ts';
import type { OutputFormat } from '../output/output-format.ts';
import { addExamples, addOutputOption, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly file: string;
  readonly live: string;
  readonly root?: string;
  readonly policy?: string;
  readonly dialect: Dialect;
  readonly name?: string;
  readonly namespace?: string;
  readonly output?: OutputFormat;
}

/** The exit code that says that there is something to do. */
const CHANGES = 2;

/**
 * `plumb plan`: what the agent would do with a folder, given live objects from a file; offline. Ends with 0 when nothing is to be done, 2 when
 * something is, 1 when it cannot be told.
 */
export function definePlan(program: Command, terminal: Terminal): void {
  const command = addOutputOption(
    program.command('plan').description('show what a sync would do, offline, with live objects from a file'),
  )
    .requiredOption(
      '-f, --file <path>',
      'a folder to render (as `plumb render` does), a file of manifests, or - for standard input',
    )
    .requiredOption('--live <file>', 'live objects: `kubectl get … -o yaml`, a List or documents; - for standard input')
    .option('--root <dir>', 'root of the repository (default: the nearest folder above with .git, else the folder)')
    .option('--policy <file>', "the App's Application or Kustomization: pruning, sync options, ignored differences")
    .addOption(new Option('--dialect <dialect>', 'whose rules, without --policy').choices(['argo', 'flux']).default('argo'))
    .option('--name <name>', "the App's name, without --policy (default: the folder's)")
    .option('--namespace <name>', 'namespace of objects that name none, without --policy');
  addExamples(command, [
    [
      'what a change would do',
      'kubectl get all,cm,secret -n shop -o yaml | plumb plan -f apps/shop --live - --policy fleet/shop.yaml',
    ],
    ['the plan as data', 'plumb plan -f apps/shop --live live.yaml -o json'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer }) => {
    if (flags.file === '-' && flags.live === '-') return notAsAsked('only one of -f and --live can be standard input');
    const policy = await policyOf(flags, terminal);
    if (!policy.ok) return policy;
    const { loadManifests, readObjects } = await import('../plan/load-objects.ts');
    const { dialect, targetNamespace } = policy.value;
    const manifests = await loadManifests(flags.file, {
      terminal,
      dialect,
      ...(flags.root === undefined ? {} : { root: flags.root }),
      ...(targetNamespace === undefined ? {} : { namespace: targetNamespace }),
    });
    if (!manifests.ok) return manifests;
    const live = await readObjects(flags.live, terminal);
    if (!live.ok) return live;
    const { makePlan } = await import('../plan/make-plan.ts');
    const { createSandbox } = await import('../../sandbox/sandbox.ts');
    let sandbox: Sandbox | undefined;
    const view = await makePlan({
      manifests: manifests.value,
      live: live.value,
      policy: policy.value,
      sandbox: () => {
        sandbox ??= createSandbox();
        return sandbox;
      },
    });
    sandbox?.close();
    const { showPlan } = await import('../plan/show-plan.ts');
    await writer.result(view, () => showPlan(view, terminal));
    const { create, update, prune } = view.changes;
    return ok(create + update + prune + view.held.length > 0 ? CHANGES : EXIT.ok);
  });
}

async function policyOf(flags: Flags, { cwd }: Terminal): Promise<Result<AppPolicy, Failure>> {
  const { defaultPolicy, readPolicy } = await import('../plan/read-policy.ts');
  const { policy: file, dialect, name = basename(resolve(cwd, flags.file)), namespace } = flags;
  if (file === undefined) return ok(defaultPolicy(dialect, name, namespace));
  const text = await readFile(resolve(cwd, file), 'utf8').catch(() => undefined);
  if (text === undefined) return notAsAsked(`${file} cannot be read`);
  const { parseYaml } = await import('../../core/objects/parse-yaml.ts');
  for (const { value } of parseYaml(text, { file }).documents) {
    const found = readPolicy(value);
    if (found !== undefined) return ok(found);
  }
  return notAsAsked(`${file} holds no Application, no Kustomization and no policy`);
}
