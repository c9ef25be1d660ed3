import type { Reason } from '../api/control.ts';
import type { AppView } from '../api/views.ts';
import type { Drift, HealthStatus, ResourceStatus, SyncProgress } from '../app/status.ts';
import { describeRef, type ObjectKey, refOfKey } from '../objects/object.ts';
import { PROBLEM_KINDS } from '../problem/codes.ts';
import { describeTime } from './time-words.ts';

/** What the agent says of an App, as reasons. */

/** Why it is not Synced: the sync that runs or waits, what somebody changed, or that nobody asked for a sync. */
export function syncReasons(view: AppView): Reason[] {
  const { status, state, definition, control } = view;
  if (state === 'removed') return control?.deleted === undefined ? [removal(view)] : [];
  if (control?.deleted !== undefined) return [];
  if (status === undefined) return [{ code: 'syncing', text: awaited(view), severity: 'wait' }];
  if (status.bundle !== (view.bundle ?? '')) return [{ code: 'syncing', text: awaited(view), severity: 'wait' }];
  const { progress, sync } = status;
  const found = [...(progress === undefined ? [] : [progressReason(progress)]), ...driftReason(view)];
  if (sync === 'Synced' || found.length > 0) return found;
  const isHeld = control?.suspended !== undefined || definition.policy.suspended || (control?.deletions?.objects.length ?? 0) > 0;
  if (isHeld) return [];
  if (sync === 'Unknown') return [{ code: 'syncing', text: 'is being compared with the cluster', severity: 'wait' }];
  const differing = describeMany(status.resources.filter((one) => one.sync !== 'Synced').map(({ key }) => key));
  const what = differing === '' ? 'out of sync' : `out of sync: ${differing}`;
  if (!definition.policy.autoSync)
    return [{ code: 'manual', text: `${what}; auto-sync is off`, severity: 'info', fix: 'Sync it when you want it so.' }];
  const kept = status.resources.some((one) => one.sync !== 'Synced') && !definition.policy.prune;
  return [
    kept && status.problems.length === 0
      ? { code: 'manual', text: `${what}; pruning is off`, severity: 'info', fix: 'Sync with prune to delete what left Git.' }
      : { code: 'syncing', text: what, severity: 'wait' },
  ];
}

function removal({ status, definition }: AppView): Reason {
  const left = status?.resources.length ?? 0;
  const how = definition.policy.onDelete === 'orphan' ? 'its objects are given back' : `${left} objects are being deleted`;
  const { progress } = status ?? {};
  return {
    code: progress?.code ?? 'syncing',
    text: `removed from Git; ${progress === undefined ? how : progress.message}`,
    severity: 'wait',
  };
}

function awaited({ revision, bundle }: AppView): string {
  if (bundle === undefined) return 'nothing was rendered yet';
  return `the agent has not taken up ${revision.slice(0, 7)} yet`;
}

function progressReason({ state, message, code, since, phase, wave, retry }: SyncProgress): Reason {
  if (retry !== undefined) {
    const of = retry.limit < 0 ? '' : ` of ${retry.limit}`;
    const at = retry.at === undefined ? '' : ` at ${describeTime(retry.at)}`;
    return {
      code: 'retrying',
      text: `retry ${retry.attempt}${of}${at}: ${message}`,
      severity: 'wait',
      since,
      ...(retry.at === undefined ? {} : { until: retry.at }),
    };
  }
  if (state === 'waiting' && code !== undefined) {
    const { next, fix } = PROBLEM_KINDS[code];
    return { code, text: message, severity: next === 'user' ? 'bad' : 'wait', since, fix };
  }
  const where = [phase === undefined ? '' : `phase ${phase}`, wave === undefined ? '' : `wave ${wave}`].filter(
    (part) => part !== '',
  );
  const text = message !== '' ? message : ['syncs', where.join(', ')].filter((part) => part !== '').join(': ');
  return { code: 'syncing', text, severity: 'wait', since };
}

/** What somebody changed and nobody has put right. */
function driftReason({ status, control }: AppView): Reason[] {
  const open = (status?.drift ?? []).filter(({ action }) => action === 'reported');
  const [first] = open;
  if (first === undefined) return [];
  const more = open.length > 1 ? `, and ${open.length - 1} more` : '';
  return [
    {
      code: 'drift',
      text: `${describeDrift(first)}${more}`,
      severity: control?.glass === undefined ? 'bad' : 'info',
      fix: 'Sync to put it right, or change Git to say the same.',
    },
  ];
}

function describeDrift({ key, kind, manager, fields }: Drift): string {
  const by = manager === undefined ? '' : ` by ${manager}`;
  const what = fields.length === 0 ? '' : ` (${fields.slice(0, 3).join(', ')}${fields.length > 3 ? ', …' : ''})`;
  return `${named(key)} was ${kind === 'extra' ? 'added' : kind}${by}${what}`;
}

const HEALTH = {
  Degraded: { code: 'degraded', severity: 'bad' },
  Missing: { code: 'missing', severity: 'wait' },
  Progressing: { code: 'progressing', severity: 'wait' },
  Unknown: { code: 'progressing', severity: 'wait' },
  Suspended: { code: 'suspended', severity: 'info' },
} as const satisfies Record<Exclude<HealthStatus, 'Healthy'>, Pick<Reason, 'code' | 'severity'>>;

/** Why it is not Healthy: the first object that is as bad as the App. */
export function healthReasons({ status, state, control }: AppView): Reason[] {
  const health = status?.health;
  if (health === undefined || health.status === 'Healthy' || state === 'removed' || control?.deleted !== undefined) return [];
  const worst = (status?.resources ?? []).filter((one) => one.health.status === health.status);
  const { code, severity } = HEALTH[health.status];
  const isHeld = health.status === 'Missing' && status?.sync === 'Synced';
  return [{ code, text: describeHealth(health, worst), severity: isHeld ? 'bad' : severity }];
}

function describeHealth(
  health: { readonly status: HealthStatus; readonly message?: string },
  worst: readonly ResourceStatus[],
): string {
  const [first] = worst;
  const word = health.status === 'Unknown' ? 'not known yet' : health.status;
  if (first === undefined) return health.message === undefined ? `is ${word}` : `${word}: ${health.message}`;
  const message = first.health.message ?? health.message;
  const more = worst.length > 1 ? `, and ${worst.length - 1} more` : '';
  return `${named(first.key)} is ${word}${message === undefined ? '' : `: ${message}`}${more}`;
}

function describeMany(keys: readonly ObjectKey[]): string {
  const [first] = keys;
  if (first === undefined) return '';
  return keys.length === 1 ? named(first) : `${named(first)}, and ${keys.length - 1} more`;
}

function named(key: ObjectKey): string {
  const ref = refOfKey(key);
  return ref === undefined ? key : describeRef(ref);
}
