import { normaliseRepository } from '../../core/app/repository-key.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import {
  type ParsePayload,
  parseBitbucketPayload,
  parseGitLabPayload,
  parseHubPayload,
  parsePlainPayload,
  type RefChange,
} from './payloads.ts';
import { signingKeys, verifyHmacHex, verifyStandard, verifyToken } from './verify-secret.ts';

/**
 * Reads what a Git host says about a push. It is a hint to look now, never a fact: nothing in it is fetched, shown or trusted, and a push
 * whose webhook is lost is found by polling.
 *
 * The provider is told by its headers; the signature is checked over the bytes as received, before anything is parsed.
 */
export type Provider = 'plumbline' | 'forgejo' | 'gitea' | 'gogs' | 'gitlab' | 'bitbucket' | 'github';

export interface Webhook {
  readonly provider: Provider;
  readonly event: 'push' | 'ping' | 'other';
  /** Keys (repository-key.ts) of all URLs of the repository. */
  readonly repositories: readonly string[];
  readonly refs: readonly RefChange[];
}

interface Headers {
  get(name: string): string | null;
}

interface Delivery {
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly secrets: readonly string[];
}

interface ProviderRules {
  readonly name: Provider;
  /** The header that tells the provider. */
  readonly sign: string;
  /** The header that names the event. */
  readonly event: string;
  verify(delivery: Delivery): Promise<boolean>;
  readonly parse: ParsePayload;
}

const hmac = (header: string, prefix: '' | 'sha256=') => async (delivery: Delivery) => {
  const value = delivery.headers.get(header) ?? '';
  return value.startsWith(prefix) && (await verifyHmacHex(value.slice(prefix.length), delivery.body, delivery.secrets));
};

/** In the order in which they are tried: Forgejo also sends Gitea's and Gogs' headers, and all of them GitHub's. */
const PROVIDERS: readonly ProviderRules[] = [
  {
    name: 'plumbline',
    sign: 'x-plumbline-signature',
    event: 'x-plumbline-event',
    verify: hmac('x-plumbline-signature', 'sha256='),
    parse: parsePlainPayload,
  },
  {
    name: 'forgejo',
    sign: 'x-forgejo-event',
    event: 'x-forgejo-event',
    verify: hmac('x-forgejo-signature', ''),
    parse: parseHubPayload,
  },
  { name: 'gitea', sign: 'x-gitea-event', event: 'x-gitea-event', verify: hmac('x-gitea-signature', ''), parse: parseHubPayload },
  { name: 'gogs', sign: 'x-gogs-event', event: 'x-gogs-event', verify: hmac('x-gogs-signature', ''), parse: parseHubPayload },
  { name: 'gitlab', sign: 'x-gitlab-event', event: 'x-gitlab-event', verify: verifyGitLab, parse: parseGitLabPayload },
  {
    name: 'bitbucket',
    sign: 'x-event-key',
    event: 'x-event-key',
    verify: hmac('x-hub-signature', 'sha256='),
    parse: parseBitbucketPayload,
  },
  {
    name: 'github',
    sign: 'x-github-event',
    event: 'x-github-event',
    verify: hmac('x-hub-signature-256', 'sha256='),
    parse: parseHubPayload,
  },
];

/**
 * Verifies and reads one delivery. `secrets` are all that are valid now: several while one is being replaced.
 * Fails with webhook.signature (nobody who knows a secret sent it, or no secret is set) or webhook.payload (no JSON, or not what the
 * provider sends). Nothing of the payload is quoted.
 */
export async function parseWebhook(
  request: { readonly headers: Headers },
  body: Uint8Array,
  secrets: string | readonly string[],
): Promise<Result<Webhook, Problem>> {
  const { headers } = request;
  const provider = PROVIDERS.find(({ sign }) => headers.get(sign) !== null);
  if (provider === undefined)
    return err(problem('webhook.signature', 'the request carries no signature of a supported provider'));
  const usable = [secrets].flat().filter((secret) => secret.trim() !== '');
  if (usable.length === 0) return err(problem('webhook.signature', 'no webhook secret is set, so no webhook is accepted'));
  const delivery = { headers, body, secrets: usable };
  if (!(await provider.verify(delivery)))
    return err(problem('webhook.signature', `the signature of the ${provider.name} webhook is missing or wrong`));
  const json = parseBody(delivery);
  const event = headers.get(provider.event) ?? '';
  const payload = json === undefined ? undefined : provider.parse(json.value, event);
  if (payload === undefined) return err(problem('webhook.payload', `the body is not what ${provider.name} sends`));
  const repositories = [...new Set(payload.urls.map(normaliseRepository))];
  return ok({ provider: provider.name, event: payload.event, repositories, refs: payload.refs });
}

/** With a signing token among the secrets, a signature that is there decides; else the secret token does. */
async function verifyGitLab({ headers, body, secrets }: Delivery): Promise<boolean> {
  const signature = headers.get('webhook-signature');
  const keys = signingKeys(secrets);
  if (signature === null || keys.length === 0) return verifyToken(headers.get('x-gitlab-token') ?? '', secrets);
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  return verifyStandard({ id, timestamp, signature, body }, keys);
}

/** JSON, or a form whose field `payload` holds it (GitHub's and Gitea's other content type). */
function parseBody({ headers, body }: Delivery): { readonly value: unknown } | undefined {
  const isForm = (headers.get('content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded');
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
    return { value: JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text) };
  } catch {
    return undefined;
  }
}
