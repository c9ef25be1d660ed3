import { NOTICE_KINDS } from '../../core/api/activity.ts';
import type { ServiceKind } from '../../core/api/notify.ts';
import { ERROR_KINDS } from '../../core/notify/kinds.ts';
import { compileSearch } from '../../core/notify/match-notice.ts';
import { faultOfUrl } from '../../core/notify/service-settings.ts';
import type { EventSource, GitNotify, GitSubscription, NotifyProblem } from '../../core/notify/settings.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { FLUX_NAMESPACE } from './names.ts';
import { toGitService } from './read-notifications-cm.ts';

/**
 * Flux' `Provider` and `Alert` (notification.toolkit.fluxcd.io): a Provider is a service, called by its name (`<namespace>.<name>` outside flux-system);
 * an Alert subscribes its channel to what its sources do. Secrets that `secretRef` names are stored by `plumb` or the API under the service's name: the
 * Worker cannot read the cluster. https://fluxcd.io/flux/components/notification/
 */
const KINDS: { readonly [type: string]: ServiceKind | undefined } = {
  slack: 'slack',
  discord: 'discord',
  msteams: 'teams',
  pagerduty: 'pagerduty',
  alertmanager: 'alertmanager',
  generic: 'webhook',
  'generic-hmac': 'webhook',
  github: 'github',
  gitlab: 'gitlab',
  gitea: 'gitea',
};

/** Reads a Provider. */
export function readProvider(document: ManifestDocument): Partial<GitNotify> {
  const { spec, where, name } = partsOf(document);
  const problems: NotifyProblem[] = [];
  const note = (message: string) => problems.push({ where, message: `Provider ${name}: ${message}` });
  const type = textOf(spec['type']);
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined) {
    note(`spec.type: providers of the type ${type.slice(0, 60)} are not supported`);
    return { problems };
  }
  if (spec['suspend'] === true) {
    note('is suspended: nobody is told by it');
    return { problems };
  }
  for (const field of ['proxy', 'proxySecretRef', 'certSecretRef', 'serviceAccountName'])
    if (spec[field] !== undefined) note(`spec.${field} has no effect`);
  const settings: { [name: string]: Json } = {};
  readAddress(kind, textOf(spec['address']), { settings, note });
  const channel = textOf(spec['channel']);
  if (kind === 'slack' && channel !== '') settings['channel'] = channel;
  if (kind === 'pagerduty' && channel !== '')
    note('spec.channel is a secret, and is not used: store it as the secret `routingKey`');
  const username = textOf(spec['username']);
  if ((kind === 'slack' || kind === 'discord') && username !== '') settings['username'] = username;
  const secret = isJsonObject(spec['secretRef']) ? textOf(spec['secretRef']['name']) : '';
  // The keys of Flux' Secrets, as they may be stored here.
  const secrets = { token: 'token', url: 'address', signingKey: 'token', routingKey: 'token' };
  const used = kind === 'slack' && secret === '' ? {} : secrets;
  return { services: [toGitService(name, kind, { settings, secrets: used }, where)], problems };
}

/** What the address of a Provider is depends on its kind. */
function readAddress(
  kind: ServiceKind,
  address: string,
  { settings, note }: { readonly settings: { [name: string]: Json }; readonly note: (message: string) => void },
): void {
  if (address === '' || (kind === 'slack' && /^https:\/\/slack\.com\/api(?:\/chat\.postMessage)?\/?$/.test(address))) return;
  if (kind === 'slack') {
    note('spec.address: webhooks of Slack cannot update a message: use a bot token and https://slack.com/api/chat.postMessage');
    return;
  }
  if (kind === 'discord' || kind === 'teams') {
    note('spec.address is a secret: anybody who knows it can write there. It is not used: store it as the secret `url`');
    return;
  }
  if (kind === 'github' || kind === 'gitlab' || kind === 'gitea') {
    readRepository(kind, address, { settings, note });
    return;
  }
  const fault = faultOfUrl(address);
  if (fault === undefined) settings['url'] = address;
  else note(`spec.address ${fault}`);
}

function readRepository(
  kind: 'github' | 'gitlab' | 'gitea',
  address: string,
  { settings, note }: { readonly settings: { [name: string]: Json }; readonly note: (message: string) => void },
): void {
  const match = /^(https?:\/\/([^/@?#]+))\/([^?#]+?)(?:\.git)?\/?$/.exec(address);
  if (match === null) {
    note('spec.address must be the web address of a repository');
    return;
  }
  settings['repository'] = match[3] ?? '';
  const isPublic = match[2] === 'github.com' || match[2] === 'gitlab.com';
  if (!isPublic) settings['url'] = kind === 'github' ? `${match[1]}/api/v3` : (match[1] ?? '');
}

/** Reads an Alert. */
export function readAlert(document: ManifestDocument, cluster: string): Partial<GitNotify> {
  const { spec, where, name, namespace } = partsOf(document);
  const problems: NotifyProblem[] = [];
  const note = (message: string) => problems.push({ where, message: `Alert ${name}: ${message}` });
  if (spec['suspend'] === true) return {};
  const provider = isJsonObject(spec['providerRef']) ? textOf(spec['providerRef']['name']) : '';
  if (provider === '') note('spec.providerRef.name is missing');
  const sources = readSources(spec['eventSources'], { namespace, note });
  const lists = { include: patternsOf(spec['inclusionList'], note), exclude: patternsOf(spec['exclusionList'], note) };
  if (provider === '' || sources.length === 0) return { problems };
  const metadata = { ...textMapOf(spec['eventMetadata']), ...summaryOf(spec['summary']) };
  const subscription: GitSubscription = {
    id: `alert/${cluster}/${namespace}/${name}`,
    kinds: spec['eventSeverity'] === 'error' ? ERROR_KINDS : NOTICE_KINDS,
    ...{ cluster, sources, service: serviceName(namespace, provider), recipient: '', origin: where },
    ...(lists.include.length === 0 ? {} : { include: lists.include }),
    ...(lists.exclude.length === 0 ? {} : { exclude: lists.exclude }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(problems.length === 0 ? {} : { problem: problems.map(({ message }) => message).join('; ') }),
  };
  return { subscriptions: [subscription], problems };
}

const TOLD = ['Kustomization', 'HelmRelease'];

function readSources(
  value: Json | undefined,
  { namespace, note }: { readonly namespace: string; readonly note: (message: string) => void },
): EventSource[] {
  const sources: EventSource[] = [];
  for (const item of Array.isArray(value) ? (value as readonly Json[]) : []) {
    if (!isJsonObject(item)) continue;
    const [kind, name] = [textOf(item['kind']), textOf(item['name'])];
    const labels = item['matchLabels'] === undefined ? undefined : textMapOf(item['matchLabels']);
    if (!TOLD.includes(kind)) note(`nothing is told of the kind ${kind.slice(0, 60)}, only of ${TOLD.join(' and ')}`);
    else if (name === '') note('spec.eventSources: a source needs a name, or `*`');
    else {
      const home = textOf(item['namespace']);
      sources.push({ kind, name, namespace: home === '' ? namespace : home, ...(labels === undefined ? {} : { labels }) });
    }
  }
  if (sources.length === 0) note('spec.eventSources names nothing that is told of');
  return sources;
}

/** Regular expressions that are matched in linear time; one that is not understood would let through too much or too little, so it is named. */
function patternsOf(value: Json | undefined, note: (message: string) => void): string[] {
  const patterns = Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  return patterns.slice(0, 100).filter((pattern) => {
    const isUsable = compileSearch(pattern) !== undefined;
    if (!isUsable) note(`the expression ${pattern.slice(0, 100)} is not understood, and not used`);
    return isUsable;
  });
}

/** The name under which a Provider is known. */
function serviceName(namespace: string, name: string): string {
  return namespace === FLUX_NAMESPACE ? name : `${namespace}.${name}`;
}

function partsOf({ manifest, file, line }: ManifestDocument) {
  const { name, namespace = FLUX_NAMESPACE } = manifest.metadata;
  const spec: JsonObject = isJsonObject(manifest['spec']) ? manifest['spec'] : {};
  return { spec, where: `${file}:${line}`, namespace, name: serviceName(namespace, name) };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}

function summaryOf(value: Json | undefined): { readonly [name: string]: string } {
  const summary = textOf(value);
  return summary === '' ? {} : { Summary: summary };
}

function textMapOf(value: Json | undefined): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(isJsonObject(value) ? value : {})
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .slice(0, 20),
  );
}
