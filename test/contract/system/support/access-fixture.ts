import { createGitServer, type GitServer } from '../../../../cli/git-server/git-server.ts';
import type { TokenCreated } from '../../../../core/api/access.ts';
import { type Answer, type Call, call } from './call-worker.ts';
import { type LoneWorker, need, startLoneWorker } from './lone-worker.ts';

/** A Worker with one cluster, an App in each of two projects, and people. */
export interface AccessFixture {
  readonly worker: LoneWorker;
  readonly git: GitServer;
  /** An API token with these roles; its secret. */
  token(name: string, roles: readonly string[], more?: object): Promise<TokenCreated>;
  /** A request with a token. */
  as(token: string, path: string, request?: Call): Promise<Answer>;
  /** A request of a browser: with a cookie, from a page of the Worker. */
  browse(cookie: string, path: string, request?: Call): Promise<Answer>;
  /** Signs somebody in by a one-time code; their cookie. They are administrator. */
  admin(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** What everybody in these tests goes by; `role:none` is a role that gives nothing. */
export const POLICY = 'p, role:none, applications, get, nowhere/nothing, allow';

const FLEET = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: shop, namespace: argocd }
spec:
  sourceRepos: ['*']
  destinations: [{ server: '*', namespace: '*' }]
  roles:
    - name: deployer
      policies:
        - p, proj:shop:deployer, applications, get, shop/*, allow
        - p, proj:shop:deployer, applications, sync, shop/*, allow
      groups: ['org:shop']
---
`;

function application(name: string, project: string, repoURL: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  project: ${project}
  source: { repoURL: '${repoURL}', targetRevision: main, path: web }
  destination: { server: 'https://kubernetes.default.svc', namespace: ${name} }
---
`;
}

export async function startAccessFixture(): Promise<AccessFixture> {
  const git = await createGitServer();
  const worker = await startLoneWorker();
  const fixture = describe(worker, git);
  try {
    await git.createRepository('fleet');
    const url = git.url('fleet');
    const web = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { greeting: hello }\n';
    const apps = FLEET + application('web', 'shop', url) + application('db', 'default', url);
    await git.pushFiles('fleet', { 'fleet/apps.yaml': apps, 'web/web.yaml': web }, 'a fleet');
    need(await worker.api.send('POST', '/clusters', { name: 'eu-1' }));
    need(await worker.api.send('PUT', '/policy', { csv: POLICY, defaultRole: '' }));
    need(await worker.api.send('POST', '/fleet', { url, revision: 'main', path: 'fleet', cluster: 'eu-1' }));
    await worker.tick();
  } catch (error) {
    await fixture.stop();
    throw error;
  }
  return fixture;
}

function describe(worker: LoneWorker, git: GitServer): AccessFixture {
  const as: AccessFixture['as'] = (token, path, request = {}) =>
    call(worker.url + path, { ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } });
  return {
    worker,
    git,
    as,
    async token(name, roles, more = {}) {
      const made = await worker.ask('/api/tokens', { method: 'POST', body: { name, roles, ...more } });
      if (made.status !== 201) throw new Error(`token ${name}: ${made.text}`);
      return made.json as TokenCreated; // as the route says
    },
    browse: (cookie, path, request = {}) =>
      call(worker.url + path, { ...request, headers: { cookie, origin: worker.url, ...request.headers } }),
    async admin(name) {
      const { json } = await worker.ask('/auth/first-admin-code', { method: 'POST' });
      const { code } = json as { readonly code: string }; // as the route says
      return cookieOf(await call(`${worker.url}/auth/first-admin`, { method: 'POST', body: { code, name } }));
    },
    async stop() {
      await worker.stop();
      await worker.remove();
      await git.stop();
    },
  };
}

/** The session of an answer, as a browser would send it. */
export function cookieOf(answer: Answer): string {
  const cookies = answer.headers.getSetCookie().filter((cookie) => /^(?:__Host-)?plumbline=[^;]/.test(cookie));
  const [cookie = ''] = cookies;
  if (cookie === '') throw new Error(`no session: ${answer.status} ${answer.text}`);
  return cookie.split(';')[0] ?? '';
}
