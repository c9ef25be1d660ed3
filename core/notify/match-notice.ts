import type { Notice } from '../api/activity.ts';
import type { ServiceKind } from '../api/notify.ts';
import { compilePattern } from '../pattern/pattern.ts';
import { KIND_MEANINGS, keepsIncidents, marksCommits } from './kinds.ts';
import { annotatedRule, kindsOf, type NotifyRules, type Rule } from './rules.ts';
import type { EventSource } from './settings.ts';
import { parseSubscriptions } from './subscriptions.ts';

/** Who is told of a notice. */
export interface Recipient {
  readonly subscription: string;
  readonly service: string;
  readonly recipient: string;
  /** Names of templates, in order. */
  readonly templates: readonly string[];
  readonly metadata: { readonly [name: string]: string };
}

/**
 * The recipients of a notice; each once, however many subscriptions name them. Services that keep incidents are also told what ends a trouble that their
 * subscription names; whether one is open is for the outbox to know.
 */
export function matchNotice(
  notice: Notice,
  rules: NotifyRules,
  kindOf: (service: string) => ServiceKind | undefined,
): readonly Recipient[] {
  const found = new Map<string, Recipient>();
  for (const rule of [...rulesOfApp(notice, rules), ...rules.rules]) {
    const kind = kindOf(rule.service);
    // Who names no service that there is cannot be told; the subscription shows it.
    if (kind === undefined || rule.service === '') continue;
    if (!isAbout(rule, notice) || !saysSo(rule, notice) || !isMeant(kind, notice)) continue;
    const templates = templatesOf(rule, notice, kind);
    if (templates === undefined) continue;
    const key = `${rule.service}\n${rule.recipient}`;
    const { id: subscription, service, recipient, metadata = {} } = rule;
    if (!found.has(key)) found.set(key, { subscription, service, recipient, templates, metadata });
  }
  return [...found.values()];
}

/** The annotations that came with the notice. */
function rulesOfApp(notice: Notice, triggers: NotifyRules): Rule[] {
  if (notice.about === undefined) return [];
  const scope = { cluster: notice.cluster, app: notice.app };
  return parseSubscriptions(notice.about.subscriptions).subscriptions.map((one) =>
    annotatedRule(one, { scope, origin: 'annotation', triggers }),
  );
}

/** The templates that a rule sends for a notice; undefined when it does not tell of it. */
function templatesOf(rule: Rule, notice: Notice, kind: ServiceKind): readonly string[] | undefined {
  const conditions = rule.conditions.filter(({ kinds }) => kinds.includes(notice.notice));
  if (conditions.length > 0) return conditions.flatMap(({ send }) => send);
  if (!keepsIncidents(kind)) return undefined;
  const { closes } = KIND_MEANINGS[notice.notice];
  const isEnd = kindsOf(rule).some((opened) => KIND_MEANINGS[opened].opens && closes.includes(KIND_MEANINGS[opened].what));
  return isEnd ? [] : undefined;
}

/** True when a notice means something to a service of that kind. */
function isMeant(kind: ServiceKind, notice: Notice): boolean {
  const { opens, closes } = KIND_MEANINGS[notice.notice];
  if (keepsIncidents(kind)) return opens || closes.length > 0;
  return !marksCommits(kind) || commitState(notice) !== undefined;
}

/** What is shown beside the source commit; undefined for what says nothing of it. */
export function commitState(notice: Notice): 'pending' | 'success' | 'failure' | undefined {
  if ((notice.revision ?? notice.about?.revision ?? '') === '') return undefined;
  switch (notice.notice) {
    case 'sync-started':
      return 'pending';
    case 'sync-succeeded':
    case 'health-recovered':
      return 'success';
    case 'sync-failed':
    case 'health-degraded':
    case 'rolled-back':
      return 'failure';
    default:
      return undefined;
  }
}

function isAbout(rule: Rule, notice: Notice): boolean {
  if (rule.cluster !== undefined && rule.cluster !== notice.cluster) return false;
  const isRestricted = rule.project !== undefined || rule.app !== undefined || rule.labels !== undefined;
  // Of a cluster as a whole are told those who want to know of everything in it.
  if (notice.about === undefined && notice.app === '')
    return (
      !isRestricted &&
      (rule.sources === undefined || rule.sources.some(({ name, labels }) => name === '*' && labels === undefined))
    );
  const { about } = notice;
  if (rule.app !== undefined && rule.app !== notice.app) return false;
  if (rule.project !== undefined && rule.project !== (about?.project ?? notice.project)) return false;
  if (rule.labels !== undefined && !hasLabels(about?.labels, rule.labels)) return false;
  return rule.sources === undefined || rule.sources.some((source) => isFrom(source, notice));
}

function isFrom({ kind, namespace, name, labels }: EventSource, { about }: Notice): boolean {
  if (about === undefined || about.origin.kind !== kind || about.origin.namespace !== namespace) return false;
  if (name !== '*' && name !== about.origin.name) return false;
  return labels === undefined || hasLabels(about.labels, labels);
}

function hasLabels(has: { readonly [name: string]: string } = {}, wanted: { readonly [name: string]: string }): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(has, name) && has[name] === value);
}

/** Flux' lists: the text has to match one of the first and none of the second. */
function saysSo({ include, exclude }: Rule, notice: Notice): boolean {
  const text = `${notice.notice} ${notice.text}`.replace(/\s+/g, ' ').slice(0, 2_000);
  const holds = (pattern: string) => compileSearch(pattern)?.(text) === true;
  if (exclude?.some(holds) === true) return false;
  return include === undefined || include.length === 0 || include.some(holds);
}

/** A regular expression that may stand anywhere in the text, matched in linear time (threat S20); undefined when it is none or asks for too much. */
export function compileSearch(pattern: string): ((text: string) => boolean) | undefined {
  const open = pattern.startsWith('^') ? pattern.slice(1) : `.*(${pattern}`;
  const closed = pattern.endsWith('$') && !pattern.endsWith('\\$') ? open.slice(0, -1) : open;
  const isAnchored = closed !== open;
  const whole = pattern.startsWith('^') ? `(${closed})` : `${closed})`;
  return compilePattern(isAnchored ? whole : `${whole}.*`, 'regex');
}
