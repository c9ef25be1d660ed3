import type { ServiceKind } from '../../core/api/notify.ts';
import { faultOfUrl } from '../../core/notify/service-settings.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';

/** A service of Argo CD's notifications in Plumbline's terms. */
export interface ReadService {
  /** undefined: a type that is not supported. */
  readonly kind?: ServiceKind;
  readonly settings: JsonObject;
  /** Field → the name of the secret that Git refers to. */
  readonly secrets: { readonly [field: string]: string };
  readonly problems: readonly string[];
}

interface Draft {
  readonly settings: { [name: string]: Json };
  readonly secrets: { [field: string]: string };
  readonly problems: string[];
}

const IN_GIT = 'its value stands in Git, where everybody can read it, and is not used: replace it by `$name` and store it';

/** Reads the YAML of `service.<type>`: https://github.com/argoproj/argo-cd/tree/v3.5.7/docs/operator-manual/notifications/services */
export function readArgoService(type: string, value: JsonObject): ReadService {
  const draft: Draft = { settings: {}, secrets: {}, problems: [] };
  for (const field of ['insecureSkipVerify', 'insecure_skip_verify'])
    if (value[field] === true) draft.problems.push(`${field}: certificates are always checked`);
  const kind = READERS[type]?.(value, draft);
  return { ...draft, ...(kind === undefined ? {} : { kind }) };
}

type Reader = (value: JsonObject, draft: Draft) => ServiceKind;

const READERS: { readonly [type: string]: Reader | undefined } = {
  slack: (value, draft) => {
    put(draft, 'url', value['apiURL']);
    put(draft, 'username', value['username']);
    put(draft, 'icon', value['icon']);
    secret(draft, 'token', value['token']);
    return 'slack';
  },
  email: (value, draft) => {
    put(draft, 'host', value['host']);
    put(draft, 'port', value['port']);
    put(draft, 'from', value['from']);
    if (value['port'] === 465) draft.settings['tls'] = 'implicit';
    putOrSecret(draft, 'username', value['username']);
    secret(draft, 'password', value['password']);
    return 'smtp';
  },
  webhook: (value, draft) => {
    address(draft, value['url']);
    const headers: { [name: string]: string } = {};
    for (const header of Array.isArray(value['headers']) ? (value['headers'] as readonly Json[]) : []) {
      const [name, content] = isJsonObject(header) ? [header['name'], header['value']] : [];
      if (typeof name !== 'string' || typeof content !== 'string') continue;
      const reference = /\$([\w.:-]+)/.exec(content)?.[1];
      if (reference === undefined) headers[name] = content;
      else draft.secrets[name.toLowerCase() === 'authorization' ? 'authorization' : name] = reference;
    }
    if (Object.keys(headers).length > 0) draft.settings['headers'] = headers;
    basicAuth(draft, value['basicAuth']);
    return 'webhook';
  },
  teams: recipients('recipientUrls', 'teams'),
  'teams-workflows': recipients('recipientUrls', 'teams'),
  pagerdutyv2: recipients('serviceKeys', 'pagerduty'),
  github: (value, draft) => {
    put(draft, 'url', value['enterpriseBaseURL']);
    if (value['appID'] !== undefined) draft.problems.push('GitHub Apps are not supported: store a token as the secret `token`');
    return 'github';
  },
  alertmanager: (value, draft) => {
    const targets = Array.isArray(value['targets']) ? (value['targets'] as readonly Json[]) : [];
    if (targets.length > 1)
      draft.problems.push('only the first of its targets is told: Alertmanagers of a cluster tell each other');
    if (typeof targets[0] === 'string')
      draft.settings['url'] = `${value['scheme'] === 'https' ? 'https' : 'http'}://${targets[0]}`;
    basicAuth(draft, value['basicAuth']);
    secret(draft, 'token', value['bearerToken']);
    return 'alertmanager';
  },
};

/** Services that map each recipient to a secret. */
function recipients(field: string, kind: ServiceKind): Reader {
  return (value, draft) => {
    const map = value[field];
    for (const [name, content] of isJsonObject(map) ? Object.entries(map) : []) secret(draft, name, content);
    return kind;
  };
}

function basicAuth(draft: Draft, value: Json | undefined): void {
  if (!isJsonObject(value)) return;
  putOrSecret(draft, 'username', value['username']);
  secret(draft, 'password', value['password']);
}

/** Addresses with a query or with credentials are secrets. */
function address(draft: Draft, value: Json | undefined): void {
  if (typeof value !== 'string') return;
  if (value.startsWith('$')) draft.secrets['url'] = value.slice(1);
  else if (faultOfUrl(value) === undefined) draft.settings['url'] = value;
  else draft.problems.push(`url: ${faultOfUrl(value) ?? ''}`);
}

function put(draft: Draft, name: string, value: Json | undefined): void {
  if (value !== undefined && value !== null && value !== '') draft.settings[name] = value;
}

function putOrSecret(draft: Draft, name: string, value: Json | undefined): void {
  if (typeof value === 'string' && value.startsWith('$')) draft.secrets[name] = value.slice(1);
  else put(draft, name, value);
}

function secret(draft: Draft, field: string, value: Json | undefined): void {
  if (value === undefined || value === null || value === '') return;
  if (typeof value === 'string' && value.startsWith('$')) draft.secrets[field] = value.slice(1);
  else draft.problems.push(`${field}: ${IN_GIT}`);
}
