/**
 * The folder of one cluster:
 *
 *     etcd/  logs/<component>.log  audit.log  audit-policy.yaml  kubectl-cache/
 *     ca.crt ca.key  apiserver.crt apiserver.key  sa.key sa.pub  tokens.csv  kubeconfig
 *
 * All but the logs and the kubeconfig are made once, so a cluster that is started again on the same folder has
 * the same objects, and credentials given out before stay valid.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createServerCertificate, createSigningKeys } from './certificate.ts';

/** Where everything of a cluster is, and the two values that its callers need as text. */
export interface DataFolder {
  readonly dir: string;
  readonly etcd: string;
  readonly logs: string;
  readonly caFile: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly tokens: string;
  readonly kubeconfig: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  readonly kubectlCache: string;
  /** PEM. */
  readonly ca: string;
  readonly adminToken: string;
  /** True when nobody named the folder, so it goes with the cluster. */
  readonly temporary: boolean;
}

/** The first address of the service range is that of Service `kubernetes`. */
const SERVER_NAMES = ['localhost', '127.0.0.1', '10.0.0.1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ['/readyz*', '/livez*', '/healthz*']
  - level: Metadata
`;

/** Makes the folder `dir`, or a temporary one, with whatever is missing in it. */
export async function prepareDataFolder(dir: string | undefined): Promise<DataFolder> {
  // Resolved, since etcd refuses a data folder behind a link.
  const root = await realpath(dir === undefined ? await mkdtemp(join(tmpdir(), 'devcluster-')) : await makeFolder(dir));
  const at = (name: string) => join(root, name);
  await mkdir(at('logs'), { recursive: true });
  await makeKeys(at);
  await makeOnce(at('audit-policy.yaml'), () => AUDIT_POLICY);
  const tokens = await makeOnce(at('tokens.csv'), () => `${randomBytes(24).toString('hex')},admin,admin,"system:masters"\n`);
  return {
    dir: root,
    etcd: at('etcd'),
    logs: at('logs'),
    caFile: at('ca.crt'),
    serverCertificate: at('apiserver.crt'),
    serverKey: at('apiserver.key'),
    serviceAccountKey: at('sa.key'),
    serviceAccountPublicKey: at('sa.pub'),
    tokens: at('tokens.csv'),
    kubeconfig: at('kubeconfig'),
    auditPolicy: at('audit-policy.yaml'),
    auditLog: at('audit.log'),
    kubectlCache: at('kubectl-cache'),
    ca: await readFile(at('ca.crt'), 'utf8'),
    adminToken: tokens.slice(0, tokens.indexOf(',')),
    temporary: dir === undefined,
  };
}

async function makeFolder(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return dir;
}

async function makeKeys(at: (name: string) => string): Promise<void> {
  const authority = createAuthority();
  const key = await makeOnce(at('ca.key'), () => authority.key);
  const certificate = await makeOnce(at('ca.crt'), () => authority.certificate);
  const server = createServerCertificate({ key, certificate }, SERVER_NAMES);
  await makeOnce(at('apiserver.key'), () => server.key);
  await makeOnce(at('apiserver.crt'), () => server.certificate);
  const signing = createSigningKeys();
  await makeOnce(at('sa.key'), () => signing.privateKey);
  await makeOnce(at('sa.pub'), () => signing.publicKey);
}

/** Gives the text of a file, which is written first where it is missing. */
async function makeOnce(path: string, make: () => string): Promise<string> {
  const existing = await readFile(path, 'utf8').catch(() => undefined);
  if (existing !== undefined) return existing;
  const text = make();
  await writeFile(path, text, { mode: 0o600 });
  return text;
}
