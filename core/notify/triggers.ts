import type { NoticeKind } from '../api/activity.ts';
import { DEFAULT_KINDS, isNoticeKind } from './kinds.ts';
import type { GitNotify, NotifyTrigger } from './settings.ts';

/**
 * Argo CD's triggers as kinds of notices. A trigger there is a condition over an Application's state; here something happened, and the kinds say what.
 *
 *   on-sync-running, on-sync-succeeded, on-sync-failed, on-deployed, on-health-degraded, on-sync-status-unknown    the catalogue's
 *   on-<kind>                                                                                                    every kind of Plumbline's
 *   any other name                                                                                               defined in argocd-notifications-cm
 */
const CATALOGUE: { readonly [trigger: string]: readonly NoticeKind[] } = {
  'on-sync-running': ['sync-started'],
  'on-sync-succeeded': ['sync-succeeded'],
  'on-sync-failed': ['sync-failed'],
  'on-deployed': ['sync-succeeded'],
  'on-health-degraded': ['health-degraded'],
  // What makes the state of an App unknown here.
  'on-sync-status-unknown': ['agent-silent', 'signature-refused'],
  'on-created': [],
  'on-deleted': [],
};

/** What a trigger stands for: its conditions, and why it never fires where that is so. */
export interface ResolvedTrigger {
  readonly conditions: readonly NotifyTrigger[];
  readonly problem?: string;
}

/** Finds out what a trigger means, with the triggers that Git defines. */
export function resolveTrigger(name: string, triggers: GitNotify['triggers']): ResolvedTrigger {
  const own = Object.hasOwn(triggers, name) ? triggers[name] : undefined;
  if (own !== undefined && own.length > 0) return { conditions: own };
  const known = Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined;
  if (known !== undefined && known.length > 0) return { conditions: [{ kinds: known, send: [] }] };
  if (known !== undefined)
    return { conditions: [], problem: `trigger ${name} never fires: Apps come and go in Git, whose host tells of it` };
  const kind = name.startsWith('on-') ? name.slice(3) : name;
  if (isNoticeKind(kind)) return { conditions: [{ kinds: [kind], send: [] }] };
  return { conditions: [], problem: `there is no trigger ${name.slice(0, 100)}` };
}

/** The conditions of several triggers; of the default ones when none is named. */
export function resolveTriggers(
  names: readonly string[] | undefined,
  { triggers, defaultTriggers }: Pick<GitNotify, 'triggers' | 'defaultTriggers'>,
): ResolvedTrigger {
  const wanted = names ?? defaultTriggers;
  if (wanted === undefined) return { conditions: [{ kinds: DEFAULT_KINDS, send: [] }] };
  const found = wanted.map((name) => resolveTrigger(name, triggers));
  const problems = found.flatMap(({ problem }) => problem ?? []);
  return {
    conditions: found.flatMap(({ conditions }) => conditions),
    ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
  };
}

/**
 * The kinds for which a condition of Argo CD (`when`) becomes true, as far as they can be told: conjunctions of comparisons of the phase of the
 * operation, the health and the sync status. Conditions over times are left out, as a notice is sent once by itself. undefined: not understood.
 */
export function kindsOfCondition(when: string): readonly NoticeKind[] | undefined {
  const text = when.replace(/\s+/g, ' ').trim();
  if (text.length > 2_000) return undefined;
  // Appears in `on-deployed` of the catalogue, behind the part that matters.
  const [first = ''] = text.split(/ and \(!?time\./);
  const facts: { phase?: readonly string[]; health?: readonly string[]; sync?: readonly string[] } = {};
  for (const part of first.split(/ and | && /)) {
    const atom = part
      .trim()
      .replace(/^\((.*)\)$/, '$1')
      .trim();
    if (/^app\.status(\??\.operationState)? != nil$/.test(atom)) continue;
    const match =
      /^app\.status\??\.(operationState\??\.phase|health\??\.status|sync\??\.status) (?:== (['"])(\w+)\2|in \[((?: ?(['"])\w+\5,?)+ ?)\])$/.exec(
        atom,
      );
    if (match === null) return undefined;
    const values = match[3] === undefined ? [...(match[4] ?? '').matchAll(/\w+/g)].map(([word]) => word) : [match[3]];
    const field =
      match[1]?.startsWith('operationState') === true ? 'phase' : match[1]?.startsWith('health') === true ? 'health' : 'sync';
    facts[field] = values;
  }
  return kindsOfFacts(facts);
}

const OF_PHASE: { readonly [phase: string]: NoticeKind } = {
  Running: 'sync-started',
  Succeeded: 'sync-succeeded',
  Failed: 'sync-failed',
  Error: 'sync-failed',
};
const OF_HEALTH: { readonly [health: string]: NoticeKind } = { Degraded: 'health-degraded', Healthy: 'health-recovered' };
const OF_SYNC: { readonly [sync: string]: readonly NoticeKind[] } = {
  OutOfSync: ['drift-found'],
  Synced: ['drift-healed'],
  Unknown: ['agent-silent', 'signature-refused'],
};

function kindsOfFacts(facts: {
  readonly phase?: readonly string[];
  readonly health?: readonly string[];
  readonly sync?: readonly string[];
}): readonly NoticeKind[] | undefined {
  const { phase, health, sync } = facts;
  // With a phase the rest only says that it ended well.
  if (phase !== undefined) return unique(phase.flatMap((word) => OF_PHASE[word] ?? []));
  if (health !== undefined) return unique(health.flatMap((word) => OF_HEALTH[word] ?? []));
  return sync === undefined ? undefined : unique(sync.flatMap((word) => OF_SYNC[word] ?? []));
}

function unique(kinds: readonly NoticeKind[]): readonly NoticeKind[] | undefined {
  return kinds.length === 0 ? undefined : [...new Set(kinds)];
}
