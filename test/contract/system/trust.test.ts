/** An agent whose every answer passes through somebody who means no good: what it believes, and what it says about the rest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishKeyList } from '../../../cli/keys/key-list.ts';
import { freePort } from '../../../cli/serve/free-port.ts';
import type { ClusterView } from '../../../core/api/views.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import {
  KEY_LIST_TYPE,
  type PollResponse,
  type PublicKey,
  RECEIPT_TYPE,
  SNAPSHOT_TYPE,
} from '../../../core/protocol/messages.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import { application, configMap } from './support/application.ts';
import { answerWith, FORGED, forge, newSigner, readSnapshot } from './support/forged-snapshot.ts';
import { need } from './support/lone-worker.ts';
import { type ManInTheMiddle, startManInTheMiddle } from './support/man-in-the-middle.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { waitFor } from './support/wait-for.ts';

let system: RunningSystem;
let thief: ManInTheMiddle;
let online: PublicKey;
/** A listed key that was stolen from the Worker. */
const stolen = newSigner();
const unknown = newSigner();
let version = 1;

/** Signs and publishes the next key list, and waits until the agent goes by it. */
async function publish(keys: readonly PublicKey[]): Promise<void> {
  version++;
  need(await publishKeyList(system.api, { version, keys }, system.root.signer));
  await waitFor(`the agent goes by key list ${version}`, () => (thief.lastPoll()?.keys === version ? true : undefined), {
    seen: () => ({ poll: thief.lastPoll(), problems: thief.reports.at(-1)?.problems }),
  });
}

/** Changes the good App in Git; gives the commit when it runs. */
async function deploy(greeting: string): Promise<string> {
  const commit = await system.git.pushFiles('apps', { 'good/a.yaml': configMap('good', { greeting }) }, greeting);
  await system.untilApp('good', (view) => isHealthy(view) && view.status?.revision === commit);
  return commit;
}

const isForgedThere = async () => (await system.cluster.kubectl(['get', 'configmap', 'forged', '-n', 'default'])).code === 0;

beforeAll(async () => {
  const port = await freePort();
  thief = await startManInTheMiddle(`http://127.0.0.1:${port}`);
  system = await startRunningSystem({ port, agentEnv: { PLUMBLINE_URL: thief.url } });
  const { git, api } = system;
  await git.createRepository('apps');
  await git.pushFiles(
    'apps',
    {
      'good/a.yaml': configMap('good'),
      'fleet/good.yaml': application({ name: 'good', repoURL: git.url('apps'), path: 'good' }),
    },
    'good',
  );
  need(await api.send('POST', '/fleet', { url: git.url('apps'), revision: 'main', path: 'fleet', cluster: system.clusterName }));
  await system.untilApp('good', isHealthy);
  online = need(await api.get<{ online: readonly PublicKey[] }>('/keys')).online[0] as PublicKey; // startSystem made it
  await publish([online, stolen.publicKey]);
});
afterAll(async () => {
  await system?.stop();
  await thief?.stop();
});

/** What the Worker said last to this agent. */
function lastAnswer(): PollResponse {
  const answer = thief.lastAnswer();
  if (answer === undefined) throw new Error('the agent has no snapshot yet');
  return answer;
}

/** Offers an answer; gives the rules under which the agent refused it, as the API shows them. */
async function refusalOf(answer: unknown): Promise<readonly (string | undefined)[]> {
  const before = thief.reports.length;
  thief.offer(answer);
  const report = await waitFor('the agent says what it refused', () =>
    thief.reports.slice(before).find(({ problems }) => problems.length > 0),
  );
  const rules = report.problems.map(({ rule }) => rule);
  const shown = await waitFor('the API shows it', async () => {
    const [cluster] = need(await system.api.get<{ clusters: readonly ClusterView[] }>('/clusters')).clusters;
    return cluster?.problems.some(({ rule }) => rule === rules[0]) ? cluster.problems : undefined;
  });
  expect(new Set(shown.map(({ code }) => code))).toEqual(new Set(['protocol.refused']));
  return rules;
}

type Forgery = () => Promise<object>;
const signed =
  (change: (real: PollResponse) => object, signer: Signer = stolen, type = SNAPSHOT_TYPE): Forgery =>
  () =>
    answerWith(change(lastAnswer()), signer, type);
const now = () => Date.now();

const FORGERIES: readonly (readonly [string, string, Forgery])[] = [
  [
    'P03',
    'a snapshot that was changed after it was signed',
    async () => {
      const { snapshot } = lastAnswer();
      const payload = Buffer.from(JSON.stringify(forge(lastAnswer()))).toString('base64');
      return { snapshot: { ...snapshot, payload }, bundles: { [FORGED.digest]: FORGED.bundle } };
    },
  ],
  [
    'P03',
    'a snapshot without a signature',
    async () => ({ snapshot: { ...lastAnswer().snapshot, signatures: [] }, bundles: {} }),
  ],
  ['P03', 'a snapshot signed by an unknown key', signed((real) => forge(real), unknown)],
  [
    'P03',
    'an unknown key that calls itself by a listed name',
    signed((real) => forge(real), { ...unknown, publicKey: { ...unknown.publicKey, keyid: stolen.publicKey.keyid } }),
  ],
  ['P13', 'an older generation', signed((real) => forge(real, { generation: readSnapshot(real).generation - 1 }))],
  [
    'P13',
    'an earlier signing of the same generation',
    signed((real) => ({ ...readSnapshot(real), issuedAt: 1, expiresAt: now() + 3_600_000 })),
  ],
  [
    'P14',
    'another content under the same generation',
    signed((real) => forge(real, { generation: readSnapshot(real).generation })),
  ],
  ['P15', 'a next generation that follows another one', signed((real) => forge(real, { previous: FORGED.digest }))],
  ['P15', 'a next generation that follows none', signed((real) => forge(real, { previous: null }))],
  ['P16', 'a snapshot that has expired', signed((real) => forge(real, { expiresAt: now() - 1 }))],
  ['P11', 'a snapshot for another cluster', signed((real) => forge(real, { cluster: '00000000-0000-0000-0000-000000000000' }))],
  ['P12', 'a snapshot under an older key list', signed((real) => forge(real, { keys: version - 1 }))],
  ['P12', 'a snapshot under a key list that is to come', signed((real) => forge(real, { keys: version + 1 }))],
  ['P02', 'S42: a receipt in place of a snapshot', signed((real) => forge(real), stolen, RECEIPT_TYPE)],
  ['P02', 'S42: a key list in place of a snapshot', signed((real) => forge(real), stolen, KEY_LIST_TYPE)],
  [
    'P03',
    'S42: a signature for another type, renamed',
    async () => {
      const envelope = await signEnvelope(RECEIPT_TYPE, forge(lastAnswer()), stolen);
      return { snapshot: { ...envelope, payloadType: SNAPSHOT_TYPE }, bundles: {} };
    },
  ],
  ['P10', 'S43: a snapshot without its fields', signed(() => ({ cluster: 'x' }))],
  ['P10', 'S43: a generation that is a text', signed((real) => ({ ...forge(real), generation: '9' }))],
  ['P10', 'S43: a generation beyond all numbers', signed((real) => forge(real, { generation: 2 ** 60 }))],
  [
    'P10',
    'S43: an App whose name climbs',
    signed((real) => ({ ...forge(real), apps: [{ ...readSnapshot(real).apps[0], id: '../x' }] })),
  ],
  ['P10', 'S43: Apps that are a text', signed((real) => ({ ...forge(real), apps: 'x' }))],
  ['P10', 'S43: a list in place of a snapshot', signed(() => [])],
  ['P01', 'S43: an envelope that is null', async () => ({ snapshot: null, bundles: {} })],
  ['P01', 'S43: an envelope that is a text', async () => ({ snapshot: 'x', bundles: {} })],
  ['P01', 'S43: an envelope that is empty', async () => ({ snapshot: {}, bundles: {} })],
  [
    'P01',
    'S43: a payload that is not base64',
    async () => ({ snapshot: { ...lastAnswer().snapshot, payload: '%%%' }, bundles: {} }),
  ],
  [
    'P01',
    'S43: more signatures than anybody needs',
    async () => ({
      snapshot: { ...lastAnswer().snapshot, signatures: Array(1000).fill({ keyid: '0'.repeat(16), sig: '' }) },
      bundles: {},
    }),
  ],
  [
    'P03',
    'a key list signed by an online key',
    async () => ({ keys: await signEnvelope(KEY_LIST_TYPE, keyList(version + 1), stolen), bundles: {} }),
  ],
  [
    'P07',
    'a key list that is older',
    async () => ({ keys: await signEnvelope(KEY_LIST_TYPE, keyList(version - 1), system.root.signer), bundles: {} }),
  ],
  [
    'P08',
    'another key list of the same version',
    async () => ({ keys: await signEnvelope(KEY_LIST_TYPE, keyList(version), system.root.signer), bundles: {} }),
  ],
  ['P02', 'S42: a snapshot in place of a key list', async () => ({ keys: lastAnswer().snapshot, bundles: {} })],
];

function keyList(of: number): object {
  return { root: system.root.signer.publicKey.keyid, version: of, keys: [unknown.publicKey] };
}

describe('F40: the agent refuses', () => {
  test.each(FORGERIES)('%s: %s', async (rule, _what, make) => {
    expect(await refusalOf(await make())).toEqual([rule]);
  });

  test.each(['[]', '"x"', 'null', '7', '<html>', '', '{"bundles":7}', '{"snapshot":{"payload":', '{"bundles":{"__proto__":{}}}'])(
    'S43: an answer that is %j, and polls on',
    async (text) => {
      const poll = thief.lastPoll();
      thief.offer(text);
      await waitFor('the agent polls again, twice', () => (thief.lastPoll() === poll ? undefined : true));
    },
  );

  test('nothing of all that was applied, and the agent is where it was', async () => {
    expect(await isForgedThere()).toBe(false);
    const { keys, generation } = readSnapshot(lastAnswer());
    expect(thief.lastPoll()).toMatchObject({ keys, generation });
    await deploy('after all that');
  });
});

test('P17: a bundle that is not what the snapshot names is not applied; the real one is, as soon as it comes', async () => {
  const before = thief.reports.length;
  thief.swapBundles(() => FORGED.bundle);
  const commit = await system.git.pushFiles('apps', { 'good/a.yaml': configMap('good', { greeting: 'swapped' }) }, 'swapped');
  const report = await waitFor('the agent refuses the bundle', () =>
    thief.reports.slice(before).find(({ problems }) => problems.some(({ rule }) => rule === 'P17')),
  );
  expect(report.problems[0]?.code).toBe('protocol.refused');
  const { stdout } = await system.cluster.kubectl(['get', 'configmap', 'good', '-n', 'good', '-o', 'jsonpath={.data.greeting}']);
  expect([stdout, await isForgedThere()]).toEqual(['after all that', false]);
  thief.swapBundles(undefined);
  await system.untilApp('good', (view) => isHealthy(view) && view.status?.revision === commit);
});

describe('a stolen key', () => {
  test('that is listed reaches the cluster with an enormous generation, and the Worker’s own is then refused', async () => {
    thief.offer(await answerWith(forge(lastAnswer(), { generation: Number.MAX_SAFE_INTEGER - 1 }), stolen));
    await waitFor('what the thief signed runs', async () => ((await isForgedThere()) ? true : undefined));
    const before = thief.reports.length;
    await system.git.pushFiles('apps', { 'good/a.yaml': configMap('good', { greeting: 'unheard' }) }, 'unheard');
    // The Worker has no news for an agent that is ahead of it; a new agent would hear it, and say P13.
    expect(await refusalOf(await answerWith(forge(lastAnswer()), stolen))).toEqual(['P13']);
    expect(thief.reports.length).toBeGreaterThan(before);
  });

  test('is undone by the next key list, without touching the agent', async () => {
    const { pid } = system.agent();
    const next = need(await system.api.send<PublicKey>('POST', '/keys'));
    const old = lastAnswer();
    await publish([next]);
    await deploy('undone');
    expect(system.agent().pid).toBe(pid);
    // What the old keys signed counts for nothing now, whichever key list it speaks of.
    expect(await refusalOf({ snapshot: old.snapshot, bundles: {} })).toEqual(['P03']);
    expect(await refusalOf(await answerWith(forge(lastAnswer()), stolen))).toEqual(['P03']);
  });
});

describe('an App that reaches for the agent itself', () => {
  const own = { name: 'plumbline-agent', namespace: 'plumbline-system' };
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  const binding = (kind: string, metadata: Manifest['metadata'], subject: Readonly<Record<string, string>>): Manifest => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata,
    roleRef: role,
    subjects: [subject],
  });
  const container = { name: 'x', image: 'x' };
  const spec = {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
  };
  const OBJECTS: readonly Manifest[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'plumbline-system', labels: { taken: 'yes' } } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken', namespace: 'plumbline-system' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: own, spec },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: own.name }, rules: [] },
    binding('ClusterRoleBinding', { name: own.name }, { kind: 'ServiceAccount', ...own }),
    binding('ClusterRoleBinding', { name: 'taken-1' }, { kind: 'ServiceAccount', ...own }),
    binding(
      'ClusterRoleBinding',
      { name: 'taken-2' },
      { kind: 'Group', apiGroup: role.apiGroup, name: 'system:serviceaccounts' },
    ),
    binding('RoleBinding', { name: 'taken-3', namespace: 'default' }, { kind: 'ServiceAccount', ...own }),
    binding(
      'RoleBinding',
      { name: 'taken-4', namespace: 'default' },
      { kind: 'Group', apiGroup: role.apiGroup, name: 'system:serviceaccounts:plumbline-system' },
    ),
  ];
  const touched = async () => {
    const kinds = 'namespaces,clusterroles,clusterrolebindings,rolebindings,deployments,serviceaccounts,configmaps';
    const { stdout } = await system.cluster.kubectl([
      'get',
      kinds,
      '-A',
      '-o',
      'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ]);
    return stdout
      .split('\n')
      .filter((line) => /plumbline-(agent|system)|taken/.test(line))
      .sort();
  };

  test('is refused each such object, and the rest of it is applied', async () => {
    const before = await touched();
    const { git } = system;
    await git.createRepository('intruder');
    const files = Object.fromEntries(OBJECTS.map((object, i) => [`${i}.json`, JSON.stringify(object)]));
    await git.pushFiles('intruder', { ...files, 'z.yaml': configMap('harmless') }, 'reach for the agent');
    await git.pushFiles(
      'apps',
      { 'fleet/intruder.yaml': application({ name: 'intruder', repoURL: git.url('intruder'), path: '.' }) },
      'an intruder',
    );
    const view = await system.untilApp(
      'intruder',
      ({ status }) => status !== undefined && status.resources.length > OBJECTS.length,
    );
    const refused =
      view.status?.resources.filter(({ problem }) => problem?.code === 'apply.protected').map(({ key }) => key) ?? [];
    expect(refused).toHaveLength(OBJECTS.length);
    const harmless = await system.cluster.kubectl(['get', 'configmap', 'harmless', '-n', 'intruder']);
    expect(harmless.code).toBe(0);
    expect(view.status?.sync).toBe('OutOfSync');
    expect(await touched()).toEqual(before);
  });

  test('costs nobody else anything', async () => {
    await deploy('beside the intruder');
  });
});
