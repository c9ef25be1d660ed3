import { NOTICE_KINDS, type NoticeKind } from '../api/activity.ts';
import type { ServiceKind } from '../api/notify.ts';

/**
 * What each kind of notice means to those who are told: its headline, how grave it is, and which trouble it opens or ends. `what` names a trouble:
 * services that keep incidents (PagerDuty, Alertmanager) open one for it and end the same one.
 */
export interface KindMeaning {
  /** Follows the name of the App or cluster: `shop is degraded`. */
  readonly headline: string;
  readonly state: 'progress' | 'good' | 'bad' | 'attention';
  readonly severity: 'critical' | 'error' | 'warning' | 'info';
  readonly what: string;
  readonly opens: boolean;
  /** The troubles that are over with it. */
  readonly closes: readonly string[];
}

const one = (
  headline: string,
  state: KindMeaning['state'],
  severity: KindMeaning['severity'],
  trouble: { readonly what: string; readonly opens?: true; readonly closes?: readonly string[] },
): KindMeaning => ({
  ...{ headline, state, severity, what: trouble.what },
  opens: trouble.opens === true,
  closes: trouble.closes ?? [],
});

export const KIND_MEANINGS: { readonly [kind in NoticeKind]: KindMeaning } = {
  'sync-started': one('is being deployed', 'progress', 'info', { what: 'sync', closes: ['approval'] }),
  'sync-succeeded': one('is deployed', 'good', 'info', {
    what: 'sync',
    closes: ['sync', 'deletion', 'approval', 'signature'],
  }),
  'sync-failed': one('could not be deployed', 'bad', 'error', { what: 'sync', opens: true }),
  'health-degraded': one('is degraded', 'bad', 'critical', { what: 'health', opens: true }),
  'health-recovered': one('is healthy again', 'good', 'info', { what: 'health', closes: ['health'] }),
  'drift-found': one('was changed in the cluster', 'attention', 'warning', { what: 'drift', opens: true }),
  'drift-healed': one('is as Git says again', 'good', 'info', { what: 'drift', closes: ['drift'] }),
  'rolled-back': one('was rolled back', 'bad', 'error', { what: 'rollback', opens: true }),
  'approval-needed': one('waits for approval', 'attention', 'info', { what: 'approval', opens: true }),
  'deletion-held': one('waits: it would delete too much', 'attention', 'warning', { what: 'deletion', opens: true }),
  'agent-silent': one('is silent: its agent does not answer', 'bad', 'critical', { what: 'agent', opens: true }),
  'agent-back': one('answers again', 'good', 'info', { what: 'agent', closes: ['agent'] }),
  'signature-refused': one('refused a signature', 'bad', 'critical', { what: 'signature', opens: true }),
};

/** Who subscribes without saying to what is told of these. */
export const DEFAULT_KINDS: readonly NoticeKind[] = NOTICE_KINDS.filter(
  (kind) => !['sync-started', 'drift-found', 'drift-healed'].includes(kind),
);

/** What Flux calls errors, and what ends them. */
export const ERROR_KINDS: readonly NoticeKind[] = NOTICE_KINDS.filter((kind) => KIND_MEANINGS[kind].state === 'bad');

/** True for services that keep an incident open until it is ended: they are told of openings and endings and of nothing else. */
export function keepsIncidents(kind: ServiceKind): boolean {
  return kind === 'pagerduty' || kind === 'alertmanager';
}

/** True for services that show a state beside a commit. */
export function marksCommits(kind: ServiceKind): boolean {
  return kind === 'github' || kind === 'gitlab' || kind === 'gitea';
}

/** True for the name of a kind. */
export function isNoticeKind(text: string): text is NoticeKind {
  return (NOTICE_KINDS as readonly string[]).includes(text); // a list of literals, asked for any text
}
