import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** A provider on the loopback that answers as a test wants it to: OpenID Connect, GitHub's OAuth and API, and Cloudflare Access' keys. */
export interface CraftedProvider {
  readonly issuer: string;
  /** What the next token answer holds; gets the nonce that was asked with. */
  idToken: (nonce: string) => Promise<string>;
  /** An ID token with the provider's key; `claims` on top of good ones. */
  sign(claims: JWTPayload, options?: { readonly alg?: string; readonly key?: 'own' | 'other' }): Promise<string>;
  /** Teams of the GitHub user, by page. */
  teams: readonly (readonly { readonly org: string; readonly slug: string }[])[];
  /** Extra query of the address that leads back. */
  back: Readonly<Record<string, string>>;
  readonly requests: string[];
  /** What a browser is sent back to. */
  authorize(url: string): string;
  stop(): Promise<void>;
}

export async function startCraftedProvider(clientId: string): Promise<CraftedProvider> {
  const own = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, { readonly nonce: string; readonly challenge: string }>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port

  const provider: CraftedProvider = {
    issuer,
    idToken: (nonce) => provider.sign({ nonce }),
    async sign(claims, { alg = 'RS256', key = 'own' } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const all = { iss: issuer, aud: clientId, sub: 'mallory', iat: now, exp: now + 300, ...claims };
      if (alg === 'none') {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        return `${part({ alg: 'none' })}.${part(all)}.`;
      }
      if (alg === 'HS256')
        return new SignJWT(all).setProtectedHeader({ alg, kid: 'k1' }).sign(new TextEncoder().encode(JSON.stringify(jwk)));
      return new SignJWT(all).setProtectedHeader({ alg, kid: 'k1' }).sign((key === 'own' ? own : other).privateKey);
    },
    teams: [[]],
    back: {},
    requests: [],
    authorize(url) {
      const query = new URL(url).searchParams;
      const code = `code-${codes.size}`;
      codes.set(code, { nonce: query.get('nonce') ?? '', challenge: query.get('code_challenge') ?? '' });
      const back = new URL(query.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({ code, state: query.get('state') ?? '', ...provider.back }).toString();
      return back.href;
    },
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', issuer);
    provider.requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') return void send(200, discovery(issuer));
    if (pathname === '/jwks' || pathname === '/cdn-cgi/access/certs') return void send(200, { keys: [jwk] });
    if (pathname === '/cdn-cgi/access/get-identity') return void send(200, { groups: [{ name: 'devs' }, 'ops', { id: 1 }] });
    if (pathname === '/token' || pathname === '/login/oauth/access_token') {
      const form = new URLSearchParams(await readText(request));
      const code = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (code === undefined || code.challenge !== challenge) return void send(400, { error: 'invalid_grant' });
      const tokens = { access_token: 'canary-access-token-4410', token_type: 'bearer' };
      return void send(200, pathname === '/token' ? { ...tokens, id_token: await provider.idToken(code.nonce) } : tokens);
    }
    if (pathname === '/api/v3/user') return void send(200, { id: 4711, login: 'octo' });
    if (pathname === '/api/v3/user/teams') {
      const page = provider.teams[Number(searchParams.get('page')) - 1] ?? [];
      return void send(
        200,
        page.map(({ org, slug }) => ({ slug, organization: { login: org } })),
      );
    }
    send(404, { message: 'Not Found <script>alert(1)</script>' });
  }
  return provider;
}

function discovery(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    // A provider that says so itself gains nothing.
    id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'],
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks).toString();
}
