import { isJsonObject } from '../../../core/objects/json-object.ts';
import { askHttp, joinUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, secretFor, settingOf, type Task } from '../service.ts';

/**
 * A signed request to any receiver:
 *
 *   X-Plumbline-Id          the same for every attempt at this message: a receiver that has seen it does nothing
 *   X-Plumbline-Timestamp   seconds since the epoch, of this attempt
 *   X-Plumbline-Signature   `sha256=` and the hex HMAC-SHA256, under the secret `signingKey`, of `<timestamp>.<body>`
 *
 * A receiver recomputes the signature over the bytes it got, compares in constant time and refuses timestamps more than five minutes away: a request that
 * somebody recorded cannot be sent again. Without a template the body is JSON; what it holds is in docs/notifications.md.
 */
export async function sendWebhook(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const base = secretFor(service, task.recipient, 'url') ?? settingOf(service, 'url');
  if (base === '') return { state: 'failed', problem: 'it has no url' };
  const { webhook } = task.own;
  const method = webhook?.method ?? 'POST';
  if (!['GET', 'POST', 'PUT', 'PATCH'].includes(method))
    return { state: 'failed', problem: 'its template has a method other than GET, POST, PUT and PATCH' };
  const body = method === 'GET' ? '' : (webhook?.body ?? JSON.stringify(bodyOf(task)));
  const timestamp = String(Math.floor(io.now() / 1000));
  const key = service.secrets['signingKey'] ?? service.secrets['token'];
  const signature = key === undefined ? {} : { 'x-plumbline-signature': `sha256=${await hmacHex(key, `${timestamp}.${body}`)}` };
  const headers = {
    'content-type': 'application/json',
    ...ownHeaders(service),
    ...{ 'x-plumbline-id': task.id, 'x-plumbline-timestamp': timestamp },
    ...signature,
  };
  const url = webhook?.path === undefined || webhook.path === '' ? base : joinUrl(base, webhook.path);
  const asked = await askHttp({ url, method, headers, ...(method === 'GET' ? {} : { body }) }, { service, io });
  return asked.ok ? { state: 'sent' } : asked.error;
}

const RESERVED = new Set(['url', 'signingKey', 'token', 'authorization', 'username', 'password']);

/** Headers of the settings, and secrets that are stored under a header's name. */
function ownHeaders(service: ServiceAccess): { [name: string]: string } {
  const { settings, secrets } = service;
  const headers: { [name: string]: string } = {};
  const plain = settings['headers'];
  for (const [name, value] of isJsonObject(plain) ? Object.entries(plain) : [])
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  for (const [name, value] of Object.entries(secrets))
    if (!RESERVED.has(name) && /^[a-z0-9-]+$/i.test(name) && name.includes('-')) headers[name.toLowerCase()] = value;
  const username = secrets['username'] ?? settingOf(service, 'username');
  if (secrets['authorization'] !== undefined) headers['authorization'] = secrets['authorization'];
  else if (secrets['password'] !== undefined) headers['authorization'] = basic(username, secrets['password']);
  return headers;
}

/** The value of an Authorization header. */
export function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function bodyOf({ id, kind, cluster, app, project, namespace, revision, repoURL, message, what, step }: Task) {
  return {
    ...{ id, kind, cluster, app, project, namespace, revision, repoURL },
    ...{ what, step, state: message.state, severity: message.severity },
    ...{ time: new Date(message.time).toISOString(), title: message.title, text: message.text },
    fields: message.fields,
    links: message.links,
  };
}

async function hmacHex(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', imported, encoder.encode(text));
  return [...new Uint8Array(signed)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
