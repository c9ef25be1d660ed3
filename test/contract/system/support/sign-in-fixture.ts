import type { Me, SignInProvider } from '../../../../core/api/access.ts';
import { type Answer, call } from './call-worker.ts';
import { type CraftedProvider, startCraftedProvider } from './crafted-provider.ts';
import { type LoneWorker, startLoneWorker } from './lone-worker.ts';
import { type OidcProvider, startOidcProvider } from './oidc-provider.ts';

/** A Worker that people can sign in to, and what they sign in with. */
export interface SignInFixture {
  readonly worker: LoneWorker;
  readonly good: OidcProvider;
  readonly crafted: CraftedProvider;
  stop(): Promise<void>;
  /** The beginning: where the browser is sent, and its cookie for the way back. */
  begin(provider: string, query?: string): Promise<{ readonly url: string; readonly cookie: string }>;
  comeBack(url: string, cookie: string): Promise<Answer>;
  meOf(cookie: string): Promise<Me>;
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Headers of a new address each time, as failures are counted by address. */
let address = 0;
export const fromElsewhere = () => ({ 'cf-connecting-ip': `192.0.2.${++address}` });

/** How many sessions an answer begins. */
export const sessionsOf = (answer: Answer) => answer.headers.getSetCookie().filter((one) => /^plumbline=[^;]/.test(one)).length;

export async function startSignInFixture(): Promise<SignInFixture> {
  const worker = await startLoneWorker();
  const good = await startOidcProvider(`${worker.url}/auth/callback`);
  const crafted = await startCraftedProvider('plumbline');
  const { issuer } = crafted;
  const providers: readonly SignInProvider[] = [
    { id: 'corp', kind: 'oidc', title: 'Corp', issuer: good.issuer, clientId: good.clientId, clientSecret: good.clientSecret },
    { id: 'crafted', kind: 'oidc', title: 'Crafted', issuer, clientId: 'plumbline', clientSecret: 's' },
    { id: 'github', kind: 'github', title: 'GitHub', issuer, clientId: 'gh', clientSecret: 'canary-github-secret' },
    { id: 'access', kind: 'cloudflare-access', title: 'Access', teamDomain: issuer, audience: 'our-audience' },
    { id: 'private', kind: 'oidc', title: 'Private', issuer: 'http://10.1.2.3', clientId: 'c' },
    { id: 'plain', kind: 'oidc', title: 'Plain', issuer: 'http://id.example.org', clientId: 'c' },
  ];
  const put = await worker.ask('/api/sign-in', { method: 'PUT', body: { providers } });
  if (put.status !== 200) throw new Error(put.text);
  return {
    worker,
    good,
    crafted,
    async stop() {
      await worker.stop();
      await worker.remove();
      await good.stop();
      await crafted.stop();
    },
    async begin(provider, query = '') {
      const answer = await call(`${worker.url}/auth/login/${provider}${query}`, { headers: fromElsewhere() });
      const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('plumbline-sign-in='));
      return { url: answer.headers.get('location') ?? '', cookie: cookie?.split(';')[0] ?? '' };
    },
    comeBack: (url, cookie) => call(url, { headers: { ...fromElsewhere(), ...(cookie === '' ? {} : { cookie }) } }),
    meOf: async (cookie) => (await call(`${worker.url}/api/me`, { headers: { cookie } })).json as Me, // as the route says
    post: (path, body, headers = {}) =>
      call(worker.url + path, { method: 'POST', body, headers: { ...fromElsewhere(), ...headers } }),
  };
}
