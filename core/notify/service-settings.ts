import type { ServiceKind } from '../api/notify.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * What each kind of service is told by its settings, which everybody may see who may see notifications, and by secrets, which nobody sees again.
 * `recipients`: a secret may also be stored under the name of a recipient (a channel's webhook, a service's routing key).
 */
interface ServiceShape {
  readonly settings: { readonly [name: string]: SettingType };
  readonly required: readonly string[];
  readonly secrets: readonly string[];
  /** One of them is needed. */
  readonly needs: readonly string[];
  readonly recipients: boolean;
}
type SettingType = 'url' | 'text' | 'flag' | 'port' | 'textMap' | readonly string[];

/** The setting that names the sender of mails. */
const SENDER = 'from';
const REPOSITORY_SETTINGS = { url: 'url', repository: 'text', environment: 'text', deployments: 'flag' } as const;

export const SERVICE_SHAPES: { readonly [kind in ServiceKind]: ServiceShape } = {
  slack: {
    settings: { url: 'url', channel: 'text', username: 'text', icon: 'text' },
    ...{ required: [], secrets: ['token'], needs: ['token'], recipients: false },
  },
  pagerduty: {
    settings: { url: 'url', source: 'text' },
    ...{ required: [], secrets: ['routingKey'], needs: ['routingKey'], recipients: true },
  },
  teams: { settings: {}, ...{ required: [], secrets: ['url'], needs: ['url'], recipients: true } },
  discord: { settings: { username: 'text' }, ...{ required: [], secrets: ['url'], needs: ['url'], recipients: true } },
  smtp: {
    settings: { host: 'text', port: 'port', tls: ['starttls', 'implicit'], from: 'text', username: 'text', to: 'text' },
    ...{ required: ['host', SENDER], secrets: ['username', 'password'], needs: [], recipients: false },
  },
  'mail-api': {
    settings: { provider: ['resend', 'sendgrid'], url: 'url', from: 'text', to: 'text' },
    ...{ required: ['provider', SENDER], secrets: ['token'], needs: ['token'], recipients: false },
  },
  webhook: {
    settings: { url: 'url', headers: 'textMap', username: 'text' },
    ...{ required: [], secrets: ['url', 'signingKey', 'authorization', 'username', 'password'], needs: [], recipients: true },
  },
  github: { settings: REPOSITORY_SETTINGS, ...{ required: [], secrets: ['token'], needs: ['token'], recipients: false } },
  gitlab: { settings: REPOSITORY_SETTINGS, ...{ required: [], secrets: ['token'], needs: ['token'], recipients: false } },
  gitea: {
    settings: { url: 'url', repository: 'text' },
    ...{ required: ['url'], secrets: ['token'], needs: ['token'], recipients: false },
  },
  alertmanager: {
    settings: { url: 'url', username: 'text' },
    ...{ required: ['url'], secrets: ['username', 'password', 'token'], needs: [], recipients: false },
  },
};

const MAX_TEXT = 2_000;
/** Headers that carry a credential: they are secrets, not settings. */
const SECRET_HEADER =
  /^(?:authorization|proxy-authorization|cookie|private-token|x-api-key|.*(?:token|secret|password|api-?key).*)$/i;
const HEADER = /^[a-z0-9][a-z0-9-]{0,63}$/i;

/** Checks the settings of a service; the error names the one that is wrong. Settings that the kind does not have are refused. */
export function checkSettings(kind: ServiceKind, settings: JsonObject): Result<JsonObject, string> {
  const shape = SERVICE_SHAPES[kind];
  for (const [name, value] of Object.entries(settings)) {
    const type = Object.hasOwn(shape.settings, name) ? shape.settings[name] : undefined;
    if (type === undefined)
      return err(
        shape.secrets.includes(name) ? `${name} is a secret, not a setting` : `${kind} has no setting ${name.slice(0, 60)}`,
      );
    const fault = faultOf(type, value ?? null);
    if (fault !== undefined) return err(`${name}: ${fault}`);
  }
  const missing = shape.required.find((name) => settings[name] === undefined || settings[name] === '');
  return missing === undefined ? ok(settings) : err(`${missing} is missing`);
}

function faultOf(type: SettingType, value: Json): string | undefined {
  if (type === 'flag') return typeof value === 'boolean' ? undefined : 'must be true or false';
  if (type === 'port')
    return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? undefined : 'must be a port';
  if (type === 'textMap') {
    if (!isJsonObject(value) || Object.keys(value).length > 50) return 'must be a map of texts';
    for (const [name, text] of Object.entries(value)) {
      if (!HEADER.test(name) || typeof text !== 'string' || !isPlain(text)) return `${name.slice(0, 60)} is not a header`;
      if (SECRET_HEADER.test(name))
        return `${name.slice(0, 60)} carries a credential: store it as the secret \`authorization\` or under the header's name`;
    }
    return undefined;
  }
  if (typeof value !== 'string' || !isPlain(value)) return `must be text of at most ${MAX_TEXT} characters on one line`;
  if (type === 'url') return faultOfUrl(value);
  return type === 'text' || type.includes(value) ? undefined : `must be ${type.join(' or ')}`;
}

/** One line: what goes into headers and mail must not begin another one. */
function isPlain(text: string): boolean {
  return text.length <= MAX_TEXT && !/[\r\n\u0000]/.test(text);
}

/** What is wrong with the address of a service, as text; credentials and queries of addresses are secrets. */
export function faultOfUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s/?#\\]+(?:[/?#][^\s\\]*)?$/i.test(text)) return 'must be a web address';
  if (/^https?:\/\/[^/?#]*@/i.test(text)) return 'must not hold credentials';
  return /[?#]/.test(text) ? 'must have no query: store the whole address as the secret `url`' : undefined;
}

/** Says which secret is missing, if one is. `names`: those that are stored. */
export function missingSecret(kind: ServiceKind, settings: JsonObject, names: readonly string[]): string | undefined {
  const shape = SERVICE_SHAPES[kind];
  if (kind === 'webhook' && settings['url'] === undefined && names.length === 0)
    return 'it has no url: set it, as a setting or as a secret';
  if (shape.needs.length === 0 || shape.needs.some((name) => names.includes(name))) return undefined;
  return shape.recipients && names.length > 0 ? undefined : `its secret \`${shape.needs.join('` or `')}\` is not stored`;
}
