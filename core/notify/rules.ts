import type { NoticeKind } from '../api/activity.ts';
import type { Subscription } from '../api/notify.ts';
import type { GitNotify, GitService, NotifyProblem, NotifyScope, NotifyTemplate, NotifyTrigger } from './settings.ts';
import { type AnnotatedSubscription, parseSubscriptions } from './subscriptions.ts';
import { resolveTriggers } from './triggers.ts';

/** What all fleet paths together say: who is told of what, ready to be matched with notices. */
export interface NotifyRules {
  readonly services: ReadonlyMap<string, GitService>;
  readonly rules: readonly Rule[];
  /** Those of Apps, for people to see: a notice brings its own. */
  readonly shown: readonly Rule[];
  readonly templates: { readonly [name: string]: NotifyTemplate };
  readonly triggers: GitNotify['triggers'];
  readonly defaultTriggers?: readonly string[];
  readonly context: { readonly [name: string]: string };
  readonly problems: readonly NotifyProblem[];
}

/** One subscription: what it is about, for whom. */
export interface Rule extends NotifyScope {
  readonly id: string;
  readonly conditions: readonly NotifyTrigger[];
  readonly service: string;
  readonly recipient: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly metadata?: { readonly [name: string]: string };
  readonly origin: string;
  readonly problem?: string;
}

/** Puts together what the fleet paths say, in the order of their ids. Of two things with one name the first counts; the other is a problem. */
export function mergeNotify(sources: readonly { readonly id: string; readonly value: GitNotify }[]): NotifyRules {
  const ordered = [...sources].sort((a, b) => (a.id < b.id ? -1 : 1));
  const problems: NotifyProblem[] = ordered.flatMap(({ value }) => value.problems);
  const services = new Map<string, GitService>();
  for (const service of ordered.flatMap(({ value }) => value.services)) {
    const first = services.get(service.name);
    if (first === undefined) services.set(service.name, service);
    else problems.push({ where: service.origin, message: `service ${service.name} is defined in ${first.origin} already` });
  }
  const firstOf = <T>(maps: readonly { readonly [name: string]: T }[]): { readonly [name: string]: T } =>
    Object.assign({}, ...[...maps].reverse()) as { readonly [name: string]: T }; // the same maps, put into one
  const defaultTriggers = ordered.find(({ value }) => value.defaultTriggers !== undefined)?.value.defaultTriggers;
  const merged = {
    triggers: firstOf(ordered.map(({ value }) => value.triggers)),
    ...(defaultTriggers === undefined ? {} : { defaultTriggers }),
  };
  return {
    ...{ services, problems, ...merged },
    rules: ordered.flatMap(({ value }) => rulesOf(value, merged)),
    shown: ordered.flatMap(({ value }) => shownRules(value, merged)),
    templates: firstOf(ordered.map(({ value }) => value.templates)),
    context: firstOf(ordered.map(({ value }) => value.context)),
  };
}

type Triggers = Pick<NotifyRules, 'triggers' | 'defaultTriggers'>;

function rulesOf({ subscriptions }: GitNotify, triggers: Triggers): Rule[] {
  return subscriptions.map(({ kinds, triggers: names, problem, ...rest }) => {
    const resolved = kinds === undefined ? resolveTriggers(names, triggers) : { conditions: [{ kinds, send: [] }] };
    const found = [problem, 'problem' in resolved ? resolved.problem : undefined].filter((text) => text !== undefined);
    return { ...rest, conditions: resolved.conditions, ...(found.length === 0 ? {} : { problem: found.join('; ') }) };
  });
}

function shownRules({ apps }: GitNotify, triggers: Triggers): Rule[] {
  return apps.flatMap(({ cluster, app, annotations, origin }) => {
    const parsed = parseSubscriptions(annotations);
    const scope = { cluster, app };
    const rules = parsed.subscriptions.map((one) => annotatedRule(one, { scope, origin, triggers }));
    const broken = parsed.problems.map((problem, index): Rule => {
      const id = `${cluster}/${app}/problem-${index}`;
      return { ...scope, id, conditions: [], service: '', recipient: '', origin, problem };
    });
    return [...rules, ...broken];
  });
}

/** A subscription from annotations of an App. */
export function annotatedRule(
  one: AnnotatedSubscription,
  {
    scope,
    origin,
    triggers,
  }: { readonly scope: { readonly cluster: string; readonly app: string }; readonly origin: string; readonly triggers: Triggers },
): Rule {
  const resolved = resolveTriggers(one.triggers, triggers);
  return {
    id: [scope.cluster, scope.app, one.service, one.recipient, ...(one.triggers ?? [])].join('/'),
    ...scope,
    ...resolved,
    service: one.service,
    recipient: one.recipient,
    origin,
  };
}

/** The kinds that a rule tells of. */
export function kindsOf(rule: Pick<Rule, 'conditions'>): readonly NoticeKind[] {
  return [...new Set(rule.conditions.flatMap(({ kinds }) => kinds))];
}

/** A rule as the API shows it. */
export function toSubscription(rule: Rule, problem: string | undefined): Subscription {
  const found = rule.problem ?? problem;
  return {
    id: rule.id,
    kinds: kindsOf(rule),
    service: rule.service,
    recipient: rule.recipient,
    ...(rule.cluster === undefined ? {} : { cluster: rule.cluster }),
    ...(rule.project === undefined ? {} : { project: rule.project }),
    ...(rule.app === undefined ? {} : { app: rule.app }),
    origin: rule.origin,
    ...(found === undefined ? {} : { problem: found }),
  };
}
