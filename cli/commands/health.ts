import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Dialect } from '../../core/app/policy.ts';
import type { Health, HealthStatus } from '../../core/app/status.ts';
import { stringAt } from '../../core/health/fields.ts';
import { type BuiltinLua, type HealthRules, healthCheckOf } from '../../core/health/health-check.ts';
import { readLuaScripts } from '../../core/health/lua-scripts.ts';
import { runCheck } from '../../core/health/run-check.ts';
import { worstHealth } from '../../core/health/worst-health.ts';
import { groupOf, type JsonObject } from '../../core/objects/object.ts';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import type { OutputFormat } from '../output/output-format.ts';
import { formatTable } from '../output/table.ts';
import { addExamples, addOutputOption, handle } from '../session.ts';
import type { Colour, Terminal } from '../terminal.ts';

interface Flags {
  readonly file: readonly string[];
  readonly dialect: Dialect;
  readonly customizations?: string;
  readonly expr?: string;
  readonly output?: OutputFormat;
}

/** One row of the result, and one element of `-o json`. */
interface Judged {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** What decided: a rule of Plumbline, a script, or expressions. */
  readonly by: 'known' | 'lua' | 'cel';
  readonly health: Health;
}

const collect = (value: string, all: readonly string[]) => [...all, value];

/** `plumb health -f <file>`: what the agent would call live objects, offline. Ends with 1 when one of them is Degraded or Unknown. */
export function defineHealth(program: Command, terminal: Terminal): void {
  const command = addOutputOption(program.command('health').description('judge live objects from a file, as the agent does'))
    .requiredOption(
      '-f, --file <path>',
      'objects as `kubectl get -o yaml` gives them: a file, a folder, or - for standard input; may be repeated',
      collect,
      [],
    )
    .addOption(
      new Option(
        '--dialect <dialect>',
        "whose rules: Argo CD's (default), or kstatus' as Flux has them (default with --expr)",
      ).choices(['argo', 'flux']),
    )
    .option('--customizations <file>', 'an argocd-cm ConfigMap with `resource.customizations`')
    .option('--expr <file>', 'a Flux Kustomization with `healthCheckExprs`');
  addExamples(command, [
    ['what is wrong in a namespace', 'kubectl get all,certificates -n shop -o yaml | plumb health -f -'],
    ['a script before it is committed', 'plumb health -f certificate.yaml --customizations argocd-cm.yaml'],
    ['expressions of Flux', 'plumb health -f objects/ --expr kustomization.yaml -o json'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer }) => {
    const input = await import('./health-input.ts');
    const objects = await input.readLiveObjects(flags.file, terminal);
    if (!objects.ok) return objects;
    const rules = await input.readRules(flags, terminal);
    if (!rules.ok) return rules;
    const judged = await judge(objects.value, rules.value, await findScripts(objects.value, rules.value, terminal));
    await writer.result(judged, () => table(judged, terminal));
    const { status } = worstHealth(judged.map(({ health }) => health));
    return ok(status === 'Degraded' || status === 'Unknown' ? EXIT.notAsAsked : EXIT.ok);
  });
}

/** Argo CD's own scripts, fetched only when an object may need one. */
async function findScripts(
  objects: readonly JsonObject[],
  rules: HealthRules,
  terminal: Terminal,
): Promise<BuiltinLua | undefined> {
  let isNeeded = false;
  for (const object of objects)
    healthCheckOf(object, rules, () => {
      isNeeded = true;
      return undefined;
    });
  if (!isNeeded) return undefined;
  const { buildLuaScripts } = await import('../../build/lua-scripts.ts');
  try {
    const text = await readFile(await buildLuaScripts(), 'utf8');
    return readLuaScripts(() => text);
  } catch (error) {
    terminal.say(`warning: Argo CD's own health scripts are not used. ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function judge(
  objects: readonly JsonObject[],
  rules: HealthRules,
  builtinLua: BuiltinLua | undefined,
): Promise<readonly Judged[]> {
  const { createSandbox } = await import('../../sandbox/sandbox.ts');
  const sandbox = createSandbox();
  try {
    return await Promise.all(
      objects.map(async (object) => {
        const check = healthCheckOf(object, rules, builtinLua);
        return {
          group: groupOf(stringAt(object, 'apiVersion')),
          kind: stringAt(object, 'kind'),
          namespace: stringAt(object, 'metadata.namespace'),
          name: stringAt(object, 'metadata.name'),
          by: check.kind,
          health: await runCheck(check, object, sandbox),
        };
      }),
    );
  } finally {
    sandbox.close();
  }
}

const COLOURS: Readonly<Record<HealthStatus, Colour | undefined>> = {
  Healthy: 'green',
  Suspended: 'yellow',
  Progressing: 'cyan',
  Missing: 'yellow',
  Degraded: 'red',
  Unknown: 'red',
};

function table(judged: readonly Judged[], terminal: Terminal): Promise<string> {
  const rows = judged.map(({ group, kind, namespace, name, health: { status, message = '' } }) => [
    group === '' ? kind : `${group}/${kind}`,
    namespace === '' ? name : `${namespace}/${name}`,
    { text: status, colour: COLOURS[status] },
    message,
  ]);
  return formatTable(['KIND', 'NAME', 'HEALTH', 'MESSAGE'], rows, terminal);
}
