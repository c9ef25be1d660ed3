import { isJsonObject } from '../objects/json-object.ts';
import type { Json } from '../objects/object.ts';
import { parseYaml } from '../objects/parse-yaml.ts';

/**
 * Argo CD's annotations that subscribe to notifications:
 *
 *   notifications.argoproj.io/subscribe.<trigger>.<service>: <recipient>;<recipient>
 *   notifications.argoproj.io/subscribe.<service>: <recipient>           the default triggers
 *   notifications.argoproj.io/subscriptions: |                           the same as YAML
 *     - trigger: [on-sync-failed]
 *       destinations:
 *         - service: slack
 *           recipients: [shop]
 *
 * https://github.com/argoproj/notifications-engine/blob/master/pkg/subscriptions/annotations.go
 */
export const SUBSCRIPTION_PREFIX = 'notifications.argoproj.io/';

export interface AnnotatedSubscription {
  /** undefined: the default ones. */
  readonly triggers?: readonly string[];
  readonly service: string;
  readonly recipient: string;
}

/** How many subscriptions one object may have. */
const MAX_SUBSCRIPTIONS = 100;
const MAX_TEXT = 1_000;

/** Reads the annotations; what cannot be read is a problem each, and the rest counts. */
export function parseSubscriptions(annotations: { readonly [annotation: string]: string }): {
  readonly subscriptions: readonly AnnotatedSubscription[];
  readonly problems: readonly string[];
} {
  const subscriptions: AnnotatedSubscription[] = [];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(SUBSCRIPTION_PREFIX)) continue;
    const name = key.slice(SUBSCRIPTION_PREFIX.length);
    if (name.startsWith('subscribe.')) subscriptions.push(...readSubscribe(name.slice('subscribe.'.length), value));
    else if (name === 'subscriptions') readList(value, { subscriptions, problems });
    // What Argo CD's own controller remembers there.
    else if (!name.startsWith('notified.') && name !== 'notified')
      problems.push(`${key.slice(0, 200)}: is not an annotation that subscribes`);
  }
  const usable = subscriptions.filter(({ service, recipient }) => service !== '' && recipient.length <= MAX_TEXT);
  if (usable.length > MAX_SUBSCRIPTIONS) problems.push(`only the first ${MAX_SUBSCRIPTIONS} subscriptions count`);
  return { subscriptions: usable.slice(0, MAX_SUBSCRIPTIONS), problems };
}

function readSubscribe(name: string, value: string): AnnotatedSubscription[] {
  const [first = '', ...rest] = name.split('.');
  // The name of a service may hold dots, that of a trigger may not.
  const [trigger, service] = rest.length === 0 ? [undefined, first] : [first, rest.join('.')];
  return recipientsOf(value).map((recipient) => ({
    ...(trigger === undefined ? {} : { triggers: [trigger] }),
    service,
    recipient,
  }));
}

/** `a;b`: who is told. No text is one recipient without a name: some services need none. */
function recipientsOf(value: string): readonly string[] {
  const names = value
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? [''] : names;
}

function readList(value: string, to: { readonly subscriptions: AnnotatedSubscription[]; readonly problems: string[] }): void {
  const parsed = parseYaml(value, { file: 'subscriptions' });
  const list = parsed.documents[0]?.value;
  if (parsed.problems.length > 0 || !Array.isArray(list)) {
    to.problems.push(`${SUBSCRIPTION_PREFIX}subscriptions: must be a YAML list`);
    return;
  }
  for (const entry of list as readonly Json[]) {
    const destinations = isJsonObject(entry) ? entry['destinations'] : undefined;
    if (!isJsonObject(entry) || !Array.isArray(destinations)) {
      to.problems.push(`${SUBSCRIPTION_PREFIX}subscriptions: each entry needs \`trigger\` and \`destinations\``);
      continue;
    }
    const triggers = textsOf(entry['trigger']);
    for (const destination of destinations as readonly Json[]) {
      const service = isJsonObject(destination) ? destination['service'] : undefined;
      if (!isJsonObject(destination) || typeof service !== 'string')
        to.problems.push(`${SUBSCRIPTION_PREFIX}subscriptions: each destination needs a \`service\``);
      else {
        const recipients = textsOf(destination['recipients']);
        for (const recipient of recipients.length === 0 ? [''] : recipients)
          to.subscriptions.push({ ...(triggers.length === 0 ? {} : { triggers }), service, recipient });
      }
    }
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
