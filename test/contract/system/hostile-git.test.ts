/** Git servers that mean no good, and URLs that lead where nobody may go: each costs the Apps of its own repository. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGitServer, type GitServer } from '../../../cli/git-server/git-server.ts';
import type { AppSummary, FleetSource } from '../../../core/api/views.ts';
import type { ProblemCode } from '../../../core/problem/codes.ts';
import { bytesOf, makeCommit, makeDelta, makePack, makeTree, oidOf } from '../../src/fetch/make-pack.ts';
import { application, configMap } from './support/application.ts';
import { codeOf } from './support/call-worker.ts';
import {
  type CraftedGitHost,
  type CraftedRepository,
  repositoryOf,
  repositoryWith,
  type SeenRequest,
  startCraftedGitHost,
} from './support/crafted-git-host.ts';
import { everythingShown } from './support/everything-shown.ts';
import { cloneLedger, everyObject, readAppFile } from './support/ledger-copy.ts';
import { type LoneWorker, need, startLoneWorker } from './support/lone-worker.ts';
import { type Recording, recordConsole } from './support/record-console.ts';
import { waitFor } from './support/wait-for.ts';

const CLUSTER = 'eu-1';
/** What was given as a credential, in every place where somebody may put one. */
const CANARIES = {
  userinfo: 'canary-userinfo-11aa',
  query: 'canary-query-22bb',
  password: 'canary-password-33cc',
  bearer: 'canary-bearer-44dd',
};

const manifest = bytesOf(configMap('a'));
const blob = oidOf('blob', manifest);
const goodTree = makeTree([['100644', 'a.yaml', blob]]);
const good = repositoryOf(
  [
    { type: 'blob', data: manifest },
    { type: 'tree', data: goodTree },
  ],
  makeCommit(oidOf('tree', goodTree)),
);
/** The same pack with one thing changed in its bytes. */
const damaged = (change: (pack: Buffer) => Buffer): CraftedRepository => ({
  tip: good.tip,
  pack: new Uint8Array(change(Buffer.from(good.pack))),
});
const zeros = new Uint8Array(64 << 20);
const bombTree = makeTree([['100644', 'a.yaml', oidOf('blob', zeros)]]);

const HOSTILE_NAMES: readonly (readonly [string, readonly (string | Uint8Array)[]])[] = [
  ['.git', ['.git', 'config']],
  ['.GIT', ['.GIT', 'config']],
  ['..', ['..', 'a.yaml']],
  ['.', ['.', 'a.yaml']],
  ['git~1', ['git~1', 'config']],
  ['a/b', ['a/b']],
  ['..\\x', ['..\\x']],
  ['.git with a zero-width letter', ['.g\u200cit', 'config']],
  ['.git with dots and spaces', ['.git . .', 'config']],
  ['.git as a stream', ['.git::$INDEX_ALLOCATION', 'config']],
];

const CORRUPT: readonly (readonly [string, ProblemCode, CraftedRepository])[] = [
  [
    'a checksum that is wrong',
    'git.corrupt',
    damaged((pack) => {
      pack.writeUInt32BE(1, pack.length - 4);
      return pack;
    }),
  ],
  [
    'an object that is damaged',
    'git.corrupt',
    damaged((pack) => {
      pack.writeUInt8((pack[20] ?? 0) ^ 0xff, 20);
      return pack;
    }),
  ],
  ['a count that is a lie', 'git.corrupt', { tip: good.tip, pack: makePack([{ type: 'blob', data: manifest }], 1_000_000) }],
  ['no pack at all', 'git.corrupt', { tip: good.tip, pack: bytesOf('<html>'.repeat(20)) }],
  ['a size that is a lie', 'git.limit', { tip: good.tip, pack: makePack([{ type: 'blob', data: manifest, declares: 2 ** 40 }]) }],
  [
    'a delta that claims an enormous result',
    'git.corrupt',
    {
      tip: good.tip,
      pack: makePack([
        { type: 'blob', data: manifest },
        { type: { baseItem: 0 }, data: makeDelta(manifest.length, 2 ** 40, [{ from: 0, size: 1 }]) },
      ]),
    },
  ],
  ['a commit that is not there', 'git.corrupt', { tip: oidOf('commit', bytesOf('other')), pack: good.pack }],
  ['a commit that is none', 'git.corrupt', repositoryOf([], bytesOf('nonsense\n'))],
  [
    'a tree that is none',
    'git.corrupt',
    repositoryOf([{ type: 'tree', data: bytesOf('nonsense') }], makeCommit(oidOf('tree', bytesOf('nonsense')))),
  ],
  ['objects that are missing', 'git.corrupt', repositoryOf([], makeCommit('1'.repeat(40)))],
  [
    'a file that unpacks to far more than it is',
    'git.limit',
    repositoryOf(
      [
        { type: 'blob', data: zeros },
        { type: 'tree', data: bombTree },
      ],
      makeCommit(oidOf('tree', bombTree)),
    ),
  ],
];

interface Case {
  readonly threat: string;
  readonly what: string;
  readonly name: string;
  readonly code: ProblemCode;
  readonly url: (hosts: Hosts) => string;
}

interface Hosts {
  readonly crafted: CraftedGitHost;
  readonly six: CraftedGitHost;
}

const CASES: readonly Case[] = [
  ...HOSTILE_NAMES.map(
    ([what], i): Case => ({
      threat: 'S03',
      what: `a tree with the name ${what}`,
      name: `tree-${i}`,
      code: 'git.hostile_tree',
      url: ({ crafted }) => crafted.url(`tree-${i}`),
    }),
  ),
  ...CORRUPT.map(
    ([what, code], i): Case => ({ threat: 'S04', what, name: `pack-${i}`, code, url: ({ crafted }) => crafted.url(`pack-${i}`) }),
  ),
  ...[
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '10.0.0.1',
    '0',
    '[fe80::1]',
    '[::ffff:169.254.169.254]',
    'metadata.google.internal',
    'kubernetes.default.svc',
  ].map(
    (host, i): Case => ({
      threat: 'S07',
      what: `the host ${host}`,
      name: `host-${i}`,
      code: 'git.host_forbidden',
      url: () => `http://${host}/x.git`,
    }),
  ),
  {
    threat: 'S07',
    what: 'localhost by its name',
    name: 'localhost',
    code: 'git.host_forbidden',
    url: ({ crafted }) => `http://localhost:${crafted.port}/good.git`,
  },
  {
    threat: 'S07',
    what: 'the loopback of IPv6',
    name: 'loopback6',
    code: 'git.host_forbidden',
    url: ({ six }) => six.url('good'),
  },
  {
    threat: 'S07',
    what: 'a redirect to the metadata address',
    name: 'to-metadata',
    code: 'git.host_forbidden',
    url: ({ crafted }) => crafted.url('to-metadata'),
  },
  {
    threat: 'S07',
    what: 'a redirect to localhost',
    name: 'to-localhost',
    code: 'git.host_forbidden',
    url: ({ crafted }) => crafted.url('to-localhost'),
  },
  {
    threat: 'S07',
    what: 'a redirect to a file',
    name: 'to-file',
    code: 'git.protocol',
    url: ({ crafted }) => crafted.url('to-file'),
  },
  {
    threat: 'S07',
    what: 'redirects in a circle',
    name: 'to-itself',
    code: 'git.protocol',
    url: ({ crafted }) => crafted.url('to-itself'),
  },
];

let worker: LoneWorker;
let printed: Recording;
let git: GitServer;
let hosts: Hosts;
let other: CraftedGitHost;
let dir: string;
let clone: string;
let apps: readonly AppSummary[];
let source: FleetSource | undefined;

const listApps = async () => need(await worker.api.get<{ apps: readonly AppSummary[] }>('/apps')).apps;

beforeAll(async () => {
  printed = recordConsole();
  dir = await mkdtemp(join(tmpdir(), 'plumbline-hostile-git-'));
  worker = await startLoneWorker();
  git = await createGitServer();
  await git.createRepository('fleet');
  const repositories = new Map<string, CraftedRepository>([
    ['good', good],
    ...HOSTILE_NAMES.map(([, path], i) => [`tree-${i}`, repositoryWith(path, manifest)] as const),
    ...CORRUPT.map(([, , repository], i) => [`pack-${i}`, repository] as const),
  ]);
  other = await startCraftedGitHost(repositories);
  const six = await startCraftedGitHost(repositories, { host: '::1' });
  const redirects: Record<string, string> = {
    'to-metadata': 'http://169.254.169.254/good.git/info/refs?service=git-upload-pack',
    'to-localhost': `http://localhost:${other.port}/good.git/info/refs?service=git-upload-pack`,
    'to-file': 'file:///etc/passwd',
    'to-itself': '/to-itself.git/info/refs?service=git-upload-pack',
    'to-other': `${other.url('good')}/info/refs?service=git-upload-pack`,
    'to-other-basic': `${other.url('good')}/info/refs?service=git-upload-pack`,
  };
  const crafted = await startCraftedGitHost(repositories, {
    special(path) {
      const location = redirects[/^\/([\w-]+)\.git\//.exec(path)?.[1] ?? ''];
      return location === undefined ? undefined : { status: 302, location };
    },
  });
  hosts = { crafted, six };
  need(await worker.api.send('POST', '/clusters', { name: CLUSTER }));
  const credentials = { kind: 'bearer', token: CANARIES.bearer };
  need(await worker.api.send('PUT', '/credentials', { url: crafted.url('to-other'), credentials }));
  const basic = { kind: 'basic', username: 'robot', password: CANARIES.password };
  need(await worker.api.send('PUT', '/credentials', { url: crafted.url('to-other-basic'), credentials: basic }));
  const definitions = [
    ...CASES.map(({ name, url }) => [name, url(hosts)] as const),
    ['good', crafted.url('good')] as const,
    ['to-other', crafted.url('to-other')] as const,
    ['to-other-basic', crafted.url('to-other-basic')] as const,
    ['with-userinfo', `http://robot:${CANARIES.userinfo}@127.0.0.1:${crafted.port}/good.git`] as const,
    ['with-query', `${crafted.url('good')}?access_token=${CANARIES.query}`] as const,
  ].map(([name, repoURL]) => [`fleet/${name}.yaml`, application({ name, repoURL, path: '.' })]);
  await git.pushFiles('fleet', Object.fromEntries(definitions), 'a fleet');
  need(await worker.api.send('POST', '/fleet', { url: git.url('fleet'), revision: 'main', path: 'fleet', cluster: CLUSTER }));
  apps = await waitFor(
    'every App has been looked at',
    async () => {
      const now = await listApps();
      return [...CASES.map(({ name }) => name), 'good', 'to-other', 'to-other-basic'].every((name) =>
        now.some(({ app }) => app === name),
      )
        ? now
        : undefined;
    },
    {
      ms: 90_000,
      seen: async () => ({
        logs: printed.text().slice(-2000),
        apps: (await listApps()).map(({ app }) => app),
        fleet: need(await worker.api.get('/fleet')),
      }),
    },
  );
  source = need(await worker.api.get<{ sources: readonly FleetSource[] }>('/fleet')).sources[0];
  clone = await cloneLedger({ url: worker.url, token: worker.token, cluster: CLUSTER }, dir);
});
afterAll(async () => {
  await worker?.stop();
  await worker?.remove();
  await Promise.all([git?.stop(), hosts?.crafted.stop(), hosts?.six.stop(), other?.stop()]);
  await rm(dir, { recursive: true, force: true });
  printed.end();
});

describe('a repository', () => {
  test.each(CASES.map((one): [string, Case] => [`${one.threat}: ${one.what}`, one]))('%s', async (_name, { name, code }) => {
    const found = apps.find(({ app }) => app === name);
    expect(found?.problems.map((one) => `${one.code} ${one.code === code ? '' : one.message}`.trim())).toEqual([code]);
    expect((await readAppFile(clone, name))?.problems.map((one) => one.code)).toEqual([code]);
    expect(found?.bundle).toBeUndefined();
  });
});

test('I7: the good repository of the same server is rendered', () => {
  const found = apps.find(({ app }) => app === 'good');
  expect([found?.problems, found?.bundle !== undefined]).toEqual([[], true]);
});

test('S07: where nobody may go nothing was asked', () => {
  expect(hosts.six.requests).toEqual([]);
});

test('S07: what the network refuses is not reached, though its name is allowed', async () => {
  const fenced = await startLoneWorker({ allowNetworks: [] });
  try {
    const before = hosts.crafted.requests.length;
    need(await fenced.api.send('POST', '/clusters', { name: CLUSTER }));
    need(await fenced.api.send('POST', '/fleet', { url: hosts.crafted.url('good'), path: '', cluster: CLUSTER }));
    const found = await waitFor('the fleet path has been tried', async () => {
      const [first] = need(await fenced.api.get<{ sources: readonly FleetSource[] }>('/fleet')).sources;
      return first?.problems[0];
    });
    expect([found.code, hosts.crafted.requests.length - before]).toEqual(['git.unavailable', 0]);
  } finally {
    await fenced.stop();
    await fenced.remove();
  }
});

describe('S08: credentials', () => {
  const asked = (seen: readonly SeenRequest[], repository: string) =>
    seen.filter(({ path }) => path.startsWith(`/${repository}.git/`));

  test('are given to the place that they are for', () => {
    const bearer = asked(hosts.crafted.requests, 'to-other').map(({ authorization }) => authorization);
    expect(new Set(bearer)).toEqual(new Set([`Bearer ${CANARIES.bearer}`]));
    const basic = asked(hosts.crafted.requests, 'to-other-basic').map(({ authorization }) => authorization);
    expect(new Set(basic)).toEqual(new Set([`Basic ${btoa(`robot:${CANARIES.password}`)}`]));
  });

  test('do not follow a redirect to another place', () => {
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(apps.find(({ app }) => app === 'to-other')?.bundle).toBeDefined();
  });
});

describe('S09: a URL with a credential in it', () => {
  test('is refused where an App names it', () => {
    for (const name of ['with-userinfo', 'with-query']) {
      expect(source?.problems.filter(({ where }) => where?.startsWith(`fleet/${name}.yaml`)).map(({ code }) => code)).toEqual([
        'git.url',
      ]);
      expect(apps.some(({ app }) => app === name)).toBe(false);
    }
  });

  test('is refused where a person names it, and not repeated', async () => {
    for (const url of [
      `https://robot:${CANARIES.userinfo}@git.example.com/x.git`,
      `https://git.example.com/x.git?token=${CANARIES.query}`,
    ]) {
      const answer = await worker.ask('/api/fleet', { method: 'POST', body: { url, cluster: CLUSTER } });
      expect([answer.status, codeOf(answer)]).toEqual([422, 'git.url']);
      for (const canary of Object.values(CANARIES)) expect(answer.text).not.toContain(canary);
    }
  });

  test('S13: is shown nowhere, nor is any credential that was given', async () => {
    const places: readonly (readonly [string, string])[] = [
      ['the API', await everythingShown(worker.api)],
      ['the ledger', await everyObject(clone)],
      ['the log', printed.text()],
    ];
    for (const [place, text] of places)
      for (const canary of [...Object.values(CANARIES), btoa(`robot:${CANARIES.password}`)])
        expect([place, canary, text.includes(canary)]).toEqual([place, canary, false]);
  });
});
