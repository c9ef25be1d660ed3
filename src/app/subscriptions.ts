import type { App } from '../../core/app/app.ts';
import { type GitNotify, type GitSubscription, NO_NOTIFY } from '../../core/notify/settings.ts';
import { parseSubscriptions, SUBSCRIPTION_PREFIX } from '../../core/notify/subscriptions.ts';
import type { Manifest } from '../../core/objects/object.ts';

/** How much of a definition's annotations about notifications is kept. */
const MAX_ANNOTATIONS = 50;
const MAX_VALUE = 20_000;

/** The annotations of a definition that subscribe to notifications; none where it has none. */
export function definitionSubscriptions({ metadata }: Manifest): Pick<App, 'subscriptions'> {
  const found = Object.entries(metadata.annotations ?? {})
    .filter(([name, value]) => name.startsWith(SUBSCRIPTION_PREFIX) && typeof value === 'string' && value.length <= MAX_VALUE)
    // What Argo CD's controller remembers changes with each of its messages and means nothing here.
    .filter(([name]) => !name.startsWith(`${SUBSCRIPTION_PREFIX}notified`))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_ANNOTATIONS);
  return found.length === 0 ? {} : { subscriptions: Object.fromEntries(found) };
}

/** What the annotations of an AppProject subscribe to, for all Apps of the project. */
export function projectSubscriptions(manifest: Manifest, origin: string): Pick<GitNotify, 'subscriptions' | 'problems'> {
  const { subscriptions = {} } = definitionSubscriptions(manifest);
  const project = manifest.metadata.name;
  const parsed = parseSubscriptions(subscriptions);
  return {
    subscriptions: parsed.subscriptions.map(
      (one): GitSubscription => ({
        ...one,
        id: ['project', project, one.service, one.recipient, ...(one.triggers ?? [])].join('/'),
        ...{ project, origin },
      }),
    ),
    problems: parsed.problems.map((message) => ({ where: origin, message: `AppProject ${project}: ${message}` })),
  };
}

/** Puts together what the documents of a fleet path say about notifications. */
export function gatherNotify(
  parts: readonly Partial<GitNotify>[],
  { cluster, apps, unread }: { readonly cluster: string; readonly apps: readonly App[]; readonly unread: ReadonlySet<string> },
): GitNotify {
  const all: GitNotify = Object.assign({}, NO_NOTIFY, ...parts) as GitNotify; // parts of one, laid over each other
  return {
    ...all,
    cluster,
    services: parts.flatMap(({ services = [] }) => services),
    subscriptions: parts.flatMap(({ subscriptions = [] }) => subscriptions),
    problems: parts.flatMap(({ problems = [] }) => problems),
    apps: apps.flatMap(({ cluster: home, id, subscriptions, origin }) =>
      subscriptions === undefined
        ? []
        : [{ cluster: home, app: id, annotations: subscriptions, origin: `${origin.file}:${origin.line}` }],
    ),
    unread: [...unread],
  };
}
