import type { App } from '../../core/app/app.ts';
import { type GitNotify, type GitSubscription, NO_NOTIFY } from '../../core/notify/settings.ts';
import { parseSubscriptions, SUBSCRIPTION_PREFIX } from '../../core/notify/subscriptions.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type Notes, warn } from './shape.ts';

/** How much of a definition's annotations about notifications is kept: they travel with the App and with each of its notices. */
const MAX_ANNOTATIONS = 50;
const MAX_CHARACTERS = 32_000;

/** The annotations of a definition that subscribe to notifications; none where it has none. What is too much is left out with a warning. */
export function definitionSubscriptions(manifest: Manifest, notes?: Notes): Pick<App, 'subscriptions'> {
  const kept: [string, string][] = [];
  let characters = 0;
  for (const [name, value] of Object.entries(manifest.metadata.annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    // What Argo CD's controller remembers there changes with each of its messages and means nothing here.
    if (!name.startsWith(SUBSCRIPTION_PREFIX) || name.startsWith(`${SUBSCRIPTION_PREFIX}notified`) || typeof value !== 'string')
      continue;
    characters += name.length + value.length;
    if (kept.length < MAX_ANNOTATIONS && characters <= MAX_CHARACTERS) kept.push([name, value]);
    else if (notes !== undefined)
      warn(notes, `metadata.annotations ${name.slice(0, 120)}`, 'is one subscription too many, and not used');
  }
  return kept.length === 0 ? {} : { subscriptions: Object.fromEntries(kept) };
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
