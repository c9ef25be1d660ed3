import type { NoticeKind } from '../api/activity.ts';
import type { ServiceKind } from '../api/notify.ts';
import type { JsonObject } from '../objects/object.ts';

/**
 * What the files of a fleet path say about notifications: `argocd-notifications-cm`, annotations of AppProjects and Apps, Flux' Providers and Alerts.
 * It holds no secrets: fields that need one name it, and its value is stored by `plumb` or the API.
 */
export interface GitNotify {
  /** The cluster that the fleet path is for: Flux' Alerts concern its Apps only. */
  readonly cluster: string;
  readonly services: readonly GitService[];
  readonly subscriptions: readonly GitSubscription[];
  /** Annotations of Apps, to be shown; what counts for a notice came with it. */
  readonly apps: readonly AppSubscriptions[];
  readonly templates: { readonly [name: string]: NotifyTemplate };
  readonly triggers: { readonly [name: string]: readonly NotifyTrigger[] };
  /** Of those who name no trigger. Absent: what Plumbline thinks useful. */
  readonly defaultTriggers?: readonly string[];
  /** What templates find below `.context`. */
  readonly context: { readonly [name: string]: string };
  readonly problems: readonly NotifyProblem[];
  /** The file of `argocd-notifications-cm`. */
  readonly config?: string;
  /** Files that could not be read this time: what they said before stays in force. */
  readonly unread: readonly string[];
}

export const NO_NOTIFY: GitNotify = {
  ...{
    cluster: '',
    services: [],
    subscriptions: [],
    apps: [],
    templates: {},
    triggers: {},
    context: {},
    problems: [],
    unread: [],
  },
};

export interface NotifyProblem {
  readonly where: string;
  readonly message: string;
}

export interface GitService {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly settings: JsonObject;
  /** Field that needs a secret → the name under which its value may be stored, besides the field's own. */
  readonly secrets: { readonly [field: string]: string };
  readonly origin: string;
  readonly problem?: string;
}

/** Which Apps a subscription is about; absent parts do not restrict. */
export interface NotifyScope {
  readonly cluster?: string;
  readonly project?: string;
  readonly app?: string;
  readonly labels?: { readonly [name: string]: string };
  /** Flux' `eventSources`: one of them has to fit. */
  readonly sources?: readonly EventSource[];
}

export interface EventSource {
  readonly kind: string;
  readonly namespace: string;
  /** A name, or `*`. */
  readonly name: string;
  readonly labels?: { readonly [name: string]: string };
}

export interface GitSubscription extends NotifyScope {
  readonly id: string;
  /** Names of triggers; undefined: the default ones. Kinds instead where it is known at once. */
  readonly triggers?: readonly string[];
  readonly kinds?: readonly NoticeKind[];
  readonly service: string;
  readonly recipient: string;
  /** Flux: the text must match one of these, and none of those. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Flux `eventMetadata`, shown as fields. */
  readonly metadata?: { readonly [name: string]: string };
  readonly origin: string;
  readonly problem?: string;
}

export interface AppSubscriptions {
  readonly cluster: string;
  readonly app: string;
  readonly annotations: { readonly [annotation: string]: string };
  readonly origin: string;
}

/** One condition of a trigger and the templates that it sends. */
export interface NotifyTrigger {
  readonly kinds: readonly NoticeKind[];
  readonly send: readonly string[];
}

/** Texts in the language of go-template.ts. */
export interface NotifyTemplate {
  readonly title?: string;
  readonly message?: string;
  readonly emailSubject?: string;
  readonly emailBody?: string;
  /** By the name of the webhook. */
  readonly webhooks?: { readonly [service: string]: WebhookTemplate };
}

export interface WebhookTemplate {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

/** What is in force when some files cannot be read: a typing mistake must not silence an alert. */
export function keepUnread(before: GitNotify, now: GitNotify): GitNotify {
  const isUnread = (origin: string | undefined) => origin !== undefined && now.unread.includes(origin.replace(/:\d+$/, ''));
  const kept = <T extends { readonly origin: string }>(was: readonly T[], is: readonly T[]): readonly T[] => [
    ...is,
    ...was.filter(({ origin }) => isUnread(origin)),
  ];
  const config = now.config === undefined && isUnread(before.config) ? before : undefined;
  return {
    ...now,
    ...(config === undefined ? {} : { templates: config.templates, triggers: config.triggers, context: config.context }),
    ...(config?.defaultTriggers === undefined ? {} : { defaultTriggers: config.defaultTriggers }),
    ...(config?.config === undefined ? {} : { config: config.config }),
    services: kept(before.services, now.services),
    subscriptions: kept(before.subscriptions, now.subscriptions),
    apps: kept(before.apps, now.apps),
  };
}
