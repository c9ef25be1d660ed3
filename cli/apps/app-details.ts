import type { AppView } from '../../core/api/views.ts';
import type { Drift, ResourceStatus, SyncProgress } from '../../core/app/status.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { describeKey, refOfKey } from '../../core/objects/object.ts';
import { formatAge, formatTime } from '../output/age.ts';
import { describeProblems } from '../output/describe-problems.ts';
import { printableLine } from '../output/printable.ts';
import { formatFields, formatTable } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { computeState, statusCell } from './app-state.ts';
import { describeControl, formatReasons } from './describe-control.ts';

/** How an App is shown: now in milliseconds since the epoch, and its objects, when not only those of Git are wanted. */
export interface Shown {
  readonly terminal: Terminal;
  readonly now: number;
  readonly objects?: string;
}

/** Everything about one App, for people. */
export async function formatApp(view: AppView, { terminal, now, objects }: Shown): Promise<string> {
  const { sync, health, message } = computeState(view);
  const { reasons = [], control = {} } = view;
  const asked = view.requests.map(({ kind, actor }) => `${kind} asked for by ${actor}`).join(', ');
  const { source, origin, policy } = view.definition;
  const { status } = view;
  const parts = [
    formatFields(
      [
        ['App', view.app],
        ['Cluster', view.cluster],
        ['Sync', statusCell(sync)],
        ['Health', statusCell(health)],
        ['Message', reasons.length === 0 ? message : undefined],
        ['Revision', `${shortRevision(view.revision)} ${view.subject}`],
        ['Author', view.author],
        ['Committed', view.committedAt === undefined ? undefined : describeTime(view.committedAt, now)],
        ['Running', status === undefined || status.revision === view.revision ? undefined : shortRevision(status.revision)],
        ['Source', `${source.repoURL} ${source.path === '' ? '.' : source.path} @ ${source.revision}`],
        ['Defined by', `${origin.kind} ${origin.namespace}/${origin.name} (${origin.file}:${origin.line})`],
        ['Namespace', policy.targetNamespace],
        ['Policy', describePolicy(policy)],
        ['Doing', status?.progress === undefined ? undefined : describeProgress(status.progress)],
        ['Asked', asked],
        ['Bundle', view.bundle],
        ['Reported', status === undefined ? undefined : describeTime(status.observedAt, now)],
      ],
      terminal,
    ),
  ];
  if (reasons.length > 0) parts.push(`${terminal.paint('bold', 'Why:')}\n${formatReasons(reasons, terminal)}`);
  const decided = describeControl(control, now);
  if (decided.length > 0)
    parts.push(`${terminal.paint('bold', 'Decided:')}\n${decided.map((line) => `  ${printableLine(line)}\n`).join('')}`);
  const problems = [...view.problems, ...(status?.problems ?? [])];
  if (problems.length > 0) parts.push(`${terminal.paint('bold', 'Problems:')}\n${describeProblems(problems)}`);
  if (status !== undefined && status.drift.length > 0)
    parts.push(`${terminal.paint('bold', 'Drift:')}\n${formatDrift(status.drift)}`);
  if (objects !== undefined) parts.push(objects);
  else if (status !== undefined && status.resources.length > 0) parts.push(await formatResources(status.resources, terminal));
  return parts.join('\n');
}

/** `2026-08-01 12:30:05Z (2h ago)`. */
function describeTime(time: number, now: number): string {
  return `${formatTime(time)} (${formatAge(time, now)} ago)`;
}

/** `waits for wave 2: Job shop/migrate is Running (for 3m)`. */
export function describeProgress({ state, phase, wave, message, code, since }: SyncProgress): string {
  const step = [phase, wave === undefined || wave === 0 ? undefined : `wave ${wave}`].filter((part) => part !== undefined);
  const where = step.length === 0 ? '' : ` (${step.join(', ')})`;
  return `${state}${where} for ${formatAge(since, Date.now())}: ${message}${code === undefined ? '' : ` [${code}]`}`;
}

function describePolicy(policy: AppView['definition']['policy']): string {
  if (policy.suspended) return 'suspended';
  const words = { heal: 'heals drift', warn: 'warns of drift', adopt: 'reports drift with a patch for Git' };
  const heals = policy.drift === undefined ? (policy.selfHeal ? 'heals drift' : 'reports drift') : words[policy.drift];
  return [policy.autoSync ? 'syncs by itself' : 'syncs when asked', policy.prune ? 'prunes' : 'does not prune', heals].join(', ');
}

/** The objects of an App in columns. */
export function formatResources(resources: readonly ResourceStatus[], terminal: Terminal): Promise<string> {
  const rows = resources.map(({ key, sync, health, problem }) => {
    const ref = refOfKey(key);
    const message = problem === undefined ? (health.message ?? '') : `${problem.message} [${problem.code}]`;
    return [ref?.kind ?? '', ref?.namespace ?? '', ref?.name ?? key, statusCell(sync), statusCell(health.status), message];
  });
  return formatTable(['Kind', 'Namespace', 'Name', 'Sync', 'Health', 'Message'], rows, terminal);
}

/** One line per drift: what, by whom, when, what was done, and the fields below it. */
export function formatDrift(drift: readonly Drift[]): string {
  return drift
    .map(({ key, kind, fields, manager, time, action, patch }) => {
      const by = manager === undefined ? '' : ` by ${manager}`;
      const when = time === undefined ? '' : ` at ${time}`;
      const lines = [
        `${kind} ${describeKey(key)}${by}${when}, ${action}`,
        ...fields.map((field) => `  ${field}`),
        ...(patch === undefined ? [] : [`  to adopt it, merge into Git: ${JSON.stringify(patch)}`]),
      ];
      return lines.map((line) => `  ${line.startsWith(' ') ? '  ' : ''}${printableLine(line)}\n`).join('');
    })
    .join('');
}
