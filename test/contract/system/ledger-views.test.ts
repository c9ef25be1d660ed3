/** What a system at work answers of its ledger, its figures and its metrics, and a revert that goes all the way. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Figures } from '../../../core/api/board.ts';
import type { RenderedDiff, RevertAnswer } from '../../../core/api/control.ts';
import type { LedgerEntryView, LedgerState } from '../../../core/api/routes.ts';
import type { ClusterEvent, HistoryEntry } from '../../../core/api/views.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { parseOpenMetrics, type ReadFamily } from '../../core/metrics/parse-open-metrics.ts';
import { application, configMap } from './support/application.ts';
import { type Answer, type Call, call, codeOf } from './support/call-worker.ts';
import { need } from './support/lone-worker.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { waitFor } from './support/wait-for.ts';

let system: RunningSystem;
let first: string;
let bad: string;

const CANARY = 'canary-secret-6f2a';
const secret = (value: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: ${value}}\n`;

const ask = (path: string, request: Call = {}): Promise<Answer> =>
  call(system.worker().url + path, { ...request, headers: { authorization: `Bearer ${system.apiToken}`, ...request.headers } });
async function get<T>(path: string): Promise<T> {
  const answer = await ask(path);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.json as T; // the route's own type
}
const app = (rest: string) => `/api/apps/${system.clusterName}/web${rest}`;
const ledger = (rest = '') => `/api/ledger/${system.clusterName}${rest}`;

/** As much of Gitea as opening and finding a pull request takes; test/contract/git-hosts checks the requests themselves. */
async function startGitea() {
  const opened: Record<string, string>[] = [];
  let origin = '';
  const view = (one: Record<string, string>, i: number) => ({
    html_url: `${origin}/shop/pulls/${i + 1}`,
    head: { ref: one['head'] },
    base: { ref: one['base'] },
  });
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== 'Bearer canary-git-token') send(401, {});
    else if (request.method === 'GET') send(200, opened.map(view));
    else {
      let sent = '';
      request.on('data', (piece: Buffer) => {
        sent += piece.toString();
      });
      request.on('end', () => {
        opened.push(JSON.parse(sent) as Record<string, string>);
        send(201, opened.map(view).at(-1));
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, opened, stop: () => server.close() };
}

beforeAll(async () => {
  system = await startRunningSystem();
  const { git } = system;
  for (const name of ['fleet', 'shop']) await git.createRepository(name);
  const files = (greeting: string) => ({
    'web/a.yaml': configMap('web', { greeting }),
    'web/secret.yaml': secret(`${CANARY}-${greeting}`),
  });
  first = await git.pushFiles('shop', { ...files('one'), 'web/b.yaml': configMap('other') }, 'first');
  const definition = application({ name: 'web', repoURL: git.url('shop'), path: 'web' });
  await git.pushFiles('fleet', { 'fleet/web.yaml': definition }, 'define web');
  need(
    await system.api.send('POST', '/fleet', {
      url: git.url('fleet'),
      revision: 'main',
      path: 'fleet',
      cluster: system.clusterName,
    }),
  );
  await system.untilApp('web', isHealthy);
  bad = await git.pushFiles('shop', { ...files('two'), 'web/b.yaml': null }, 'Break everything');
  await system.untilApp('web', (view) => isHealthy(view) && view.revision === bad);
});
afterAll(() => system?.stop());

describe('the log', () => {
  test('is told in pages, newest first, without gaps', async () => {
    const all: HistoryEntry[] = [];
    for (let before: string | undefined = ''; before !== undefined; ) {
      const page: { entries: HistoryEntry[]; before?: string } = await get(
        ledger(`?limit=2${before === '' ? '' : `&before=${before}`}`),
      );
      expect(page.entries.length).toBeLessThanOrEqual(2);
      all.push(...page.entries);
      before = page.before;
    }
    const whole = await get<{ entries: HistoryEntry[]; before?: string }>(ledger('?limit=200'));
    expect(all.map(({ commit }) => commit)).toEqual(whole.entries.map(({ commit }) => commit));
    expect(whole.before).toBeUndefined();
    expect(all.some(({ message }) => message.startsWith(`web: deploy ${bad.slice(0, 7)}`))).toBe(true);
  });

  test('of an App holds only what says something of it', async () => {
    const { entries } = await get<{ entries: HistoryEntry[] }>(ledger('?app=web'));
    expect(entries.length).toBeGreaterThan(2);
    const none = await get<{ entries: HistoryEntry[] }>(ledger('?app=nothing'));
    expect(none.entries).toEqual([]);
  });

  test('verifies: each commit is signed by a listed key and names the one before', async () => {
    const state = await get<LedgerState>(ledger('/state'));
    expect(state).toMatchObject({ verified: true, checked: state.entries });
    expect(state.clone).toContain(`/ledger/${system.clusterName}.git`);
    expect(state.broken).toBeUndefined();
  });
});

test('the installation has a ledger of its own, which is looked at in the same way', async () => {
  await ask('/api/webhook', { method: 'POST', body: {} });
  const { entries } = await waitFor('an entry', async () => {
    const page = await get<{ entries: HistoryEntry[] }>('/api/ledger/_fleet');
    return page.entries.length > 0 ? page : undefined;
  });
  expect(await get<LedgerState>('/api/ledger/_fleet/state')).toMatchObject({ verified: true, entries: entries.length });
  expect((await get<LedgerEntryView>(`/api/ledger/_fleet/${entries[0]?.commit}`)).text).toContain('Actor: operator');
});

describe('an entry', () => {
  const deployOf = async (revision: string) => {
    const { entries } = await get<{ entries: HistoryEntry[] }>(ledger('?app=web'));
    return entries.find(({ message }) => message.includes(`deploy ${revision.slice(0, 7)}`))?.commit ?? '';
  };

  test('shows each file before and after, with what is secret masked (S10, S12)', async () => {
    const entry = await get<LedgerEntryView>(ledger(`/${await deployOf(bad)}`));
    expect(entry.text).toContain('Action: deploy');
    const file = entry.files.find(({ path }) => path === 'apps/web/manifests/configmap-web.yaml');
    expect(file?.from).toContain('greeting: one');
    expect(file?.to).toContain('greeting: two');
    const gone = entry.files.find(({ path }) => path.endsWith('configmap-other.yaml'));
    expect(gone?.from).toBeDefined();
    expect(gone?.to).toBeUndefined();
    expect(JSON.stringify(entry)).not.toContain(CANARY);
  });

  test('is found by the beginning of its id, and nothing is found by what is none', async () => {
    const commit = await deployOf(bad);
    expect((await get<LedgerEntryView>(ledger(`/${commit.slice(0, 10)}`))).commit).toBe(commit);
    for (const wrong of ['0'.repeat(40), 'abc', 'zzzzzzz', '..%2f..', `${commit}0`]) {
      const answer = await ask(ledger(`/${wrong}`));
      expect([wrong, answer.status, codeOf(answer)]).toEqual([wrong, 404, 'api.not_found']);
    }
  });

  test('two of them compared give what changed in the App, by object', async () => {
    const diff = await get<RenderedDiff>(app(`/compare?from=${await deployOf(first)}&to=${await deployOf(bad)}`));
    expect(diff.files.map(({ key }) => key).sort()).toEqual(['/ConfigMap//other', '/ConfigMap//web']);
    expect(JSON.stringify(diff)).not.toContain(CANARY);
    expect((await ask(app('/compare?from=0000000&to=1111111'))).status).toBe(404);
  });
});

test('a receipt is found by its id and by the request that it answers', async () => {
  const asked = (await ask(app('/sync'), { method: 'POST', body: { dryRun: true } })).json as { id: string };
  const receipt = await waitFor('the receipt', async () => {
    const answer = await ask(app(`/receipt?id=${asked.id}`));
    return answer.status === 200 ? (answer.json as Receipt) : undefined;
  });
  expect(receipt).toMatchObject({ app: 'web', dryRun: true, requests: [asked.id] });
  expect(await get<Receipt>(app(`/receipt?id=${receipt.id}`))).toEqual(receipt);
  expect((await ask(app('/receipt?id=nothing'))).status).toBe(404);
});

describe('a revert', () => {
  test('of what the App never ran is refused (S14)', async () => {
    const body = { how: 'push', commit: '1234567' };
    expect(codeOf(await ask(app('/revert'), { method: 'POST', body }))).toBe('api.not_found');
  });

  test('is refused with the paths when somebody changed the same since', async () => {
    const { git } = system;
    await git.pushFiles('shop', { 'web/a.yaml': configMap('web', { greeting: 'three' }) }, 'third');
    const answer = await ask(app('/revert'), { method: 'POST', body: { how: 'push', commit: bad } });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'revert.conflict']);
    expect(answer.text).toContain('web/a.yaml');
    const back = await git.pushFiles('shop', { 'web/a.yaml': configMap('web', { greeting: 'two' }) }, 'fourth');
    await system.untilApp('web', (view) => isHealthy(view) && view.revision === back);
  });

  test('goes to the branch, is deployed, and stands in the ledger with actor and reason', async () => {
    const body = { how: 'push', commit: bad.slice(0, 8), reason: 'customers cannot pay' };
    const answer = await ask(app('/revert'), { method: 'POST', body });
    expect(answer.status).toBe(201);
    const { commit, branch } = answer.json as RevertAnswer;
    expect(branch).toBe('main');
    await system.untilApp('web', (view) => isHealthy(view) && view.revision === commit);
    expect((await system.git.git('shop', 'diff', first, commit)).trim()).toBe('');
    const message = await system.git.git('shop', 'log', '-1', '--format=%an%n%B', commit);
    expect(message).toContain(`operator\nRevert "Break everything"\n\nThis reverts commit ${bad}.\n\ncustomers cannot pay`);
    const { entries } = await get<{ entries: HistoryEntry[] }>(ledger('?app=web'));
    const entry = entries.find((one) => one.message.includes('revert'))?.commit ?? '';
    const { text } = await get<LedgerEntryView>(ledger(`/${entry}`));
    expect(text).toContain('Action: revert');
    expect(text).toContain(`Revision: ${bad}\n`);
    expect(text).toContain('Actor: operator\nReason: customers cannot pay');
    const { events } = await get<{ events: ClusterEvent[] }>('/api/events');
    expect(events.find(({ kind }) => kind === 'revert')).toMatchObject({
      app: 'web',
      actor: 'operator',
      reason: 'customers cannot pay',
    });
  });

  test('that would change nothing says so', async () => {
    expect(codeOf(await ask(app('/revert'), { method: 'POST', body: { how: 'push', commit: bad } }))).toBe('revert.nothing');
  });

  test('is not proposed where the kind of host is unknown, before anything was pushed', async () => {
    const answer = await ask(app('/revert'), { method: 'POST', body: { how: 'propose', commit: bad } });
    expect(codeOf(answer)).toBe('revert.host_unknown');
    expect(await system.git.git('shop', 'branch', '--list', 'plumbline/*')).toBe('');
  });

  test('is proposed as a pull request of the host that was set with the credentials, once', async () => {
    const { git } = system;
    const host = await startGitea();
    try {
      const credentials = { kind: 'bearer', token: 'canary-git-token', host: { kind: 'gitea', api: `${host.origin}/api/v1` } };
      need(await system.api.send('PUT', '/credentials', { url: git.url('shop'), credentials }));
      const worse = await git.pushFiles('shop', { 'web/a.yaml': configMap('web', { greeting: 'worse' }) }, 'Make it worse');
      await system.untilApp('web', (view) => isHealthy(view) && view.revision === worse);
      const propose = () => ask(app('/revert'), { method: 'POST', body: { how: 'propose', reason: 'too slow' } });
      const answer = (await propose()).json as RevertAnswer;
      expect(answer).toMatchObject({ branch: `plumbline/revert-${worse.slice(0, 7)}-web`, url: `${host.origin}/shop/pulls/1` });
      expect((await propose()).json).toEqual(answer);
      expect(host.opened).toMatchObject([{ base: 'main', head: answer.branch, title: 'Revert "Make it worse"' }]);
      expect(host.opened[0]?.['body']).toContain('too slow');
      expect((await git.git('shop', 'rev-parse', 'main')).trim()).toBe(worse);
      expect((await git.git('shop', 'show', `${answer.commit}:web/a.yaml`)).trim()).toContain('greeting: one');
      const { entries } = await get<{ entries: HistoryEntry[] }>(ledger('?app=web'));
      expect(entries.some(({ message }) => message.includes(`proposed as ${host.origin}/shop/pulls/1`))).toBe(true);
      // S13: no endpoint gives the token back.
      expect((await ask('/api/fleet')).text + (await ask(app(''))).text).not.toContain('canary-git-token');
    } finally {
      host.stop();
    }
  });

  test.each([
    {},
    { how: 'force' },
    { how: 'push', commit: 'main' },
    { how: 'push', commit: '--output=x' },
    { how: 'push', reason: 7 },
  ])('S25: what is no order is refused: %j', async (body) => {
    expect((await ask(app('/revert'), { method: 'POST', body })).status).toBe(400);
  });
});

describe('figures', () => {
  test('count deployments, their lead time, and the revert as a failure that was restored', async () => {
    const figures = await get<Figures>(`/api/figures?app=web&cluster=${system.clusterName}&days=7`);
    // one, two, three?, four, the revert: `three` may have been replaced before it was synced.
    expect(figures.deployments).toBeGreaterThanOrEqual(3);
    expect(figures.leadMs).toBeGreaterThan(0);
    expect(figures.failureRate).toBeGreaterThan(0);
    expect(figures.restoreMs).toBeGreaterThanOrEqual(0);
    expect(figures.series).toHaveLength(7);
    expect(figures.series.reduce((sum, day) => sum + day.deployments, 0)).toBe(figures.deployments);
  });

  test('of what there is not are empty', async () => {
    expect((await get<Figures>('/api/figures?app=nothing')).deployments).toBe(0);
    expect((await get<Figures>('/api/figures?cluster=nowhere')).deployments).toBe(0);
  });
});

describe('GET /metrics', () => {
  const readValue = (families: readonly ReadFamily[], name: string, labels: Readonly<Record<string, string>> = {}) =>
    families
      .flatMap(({ samples }) => samples)
      .find((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      ?.value;

  test('is OpenMetrics, and counts what happened', async () => {
    const answer = await ask('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const families = parseOpenMetrics(answer.text);
    expect(families.every(({ name, help }) => name.startsWith('plumbline_') && help !== '')).toBe(true);
    const cluster = system.clusterName;
    expect(readValue(families, 'plumbline_syncs_total', { cluster, outcome: 'synced' })).toBeGreaterThanOrEqual(3);
    expect(readValue(families, 'plumbline_sync_duration_seconds_count', { cluster })).toBeGreaterThanOrEqual(3);
    expect(readValue(families, 'plumbline_apps', { cluster, sync: 'Synced', health: 'Healthy' })).toBe(1);
    expect(readValue(families, 'plumbline_snapshot_generation', { cluster })).toBeGreaterThan(2);
    expect(readValue(families, 'plumbline_renders_total', { outcome: 'rendered' })).toBeGreaterThanOrEqual(3);
    expect(readValue(families, 'plumbline_git_polls_total', { outcome: 'moved' })).toBeGreaterThanOrEqual(3);
    expect(readValue(families, 'plumbline_agent_last_seen_timestamp_seconds', { cluster })).toBeGreaterThan(1.7e9);
    expect(answer.text).not.toContain(CANARY);
  });

  test('S35: is for those who may see clusters', async () => {
    expect((await call(`${system.worker().url}/metrics`)).status).toBe(401);
  });
});

describe('a badge', () => {
  const badge = (path: string) => call(system.worker().url + path);

  test('S34: of an App that is not public looks like one of an App that does not exist', async () => {
    const [hidden, missing] = [await badge(`/badge/${system.clusterName}/web.svg`), await badge('/badge/nowhere/web.svg')];
    expect(hidden.status).toBe(200);
    expect(hidden.text).toBe(missing.text);
    expect(hidden.text).toContain('web: unknown');
    const headers = (answer: Answer) =>
      ['content-type', 'cache-control', 'content-security-policy'].map((name) => answer.headers.get(name));
    expect(headers(hidden)).toEqual(headers(missing));
  });

  test('is shown to who has its token, and that token shows no other', async () => {
    const { path } = await get<{ path: string }>(app('/badge'));
    const shown = await badge(path);
    expect(shown.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(shown.headers.get('cache-control')).toBe('public, max-age=30');
    expect(shown.text).toContain('web: Healthy');
    const token = path.split('token=')[1] ?? '';
    expect((await badge(`/badge/${system.clusterName}/other.svg?token=${token}`)).text).toContain('unknown');
    expect((await badge(`/badge/${system.clusterName}/web.svg?token=${token.slice(1)}`)).text).toContain('unknown');
  });

  test('S27: is text, whatever the App is called', async () => {
    const answer = await badge('/badge/demo/%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%26.svg');
    expect(answer.text).not.toMatch(/<script|onload/i);
    expect(answer.text).toContain('&lt;script&gt;alert(1)');
  });

  test('is public when its definition says so', async () => {
    const { git } = system;
    const definition = application({ name: 'shown', repoURL: git.url('shop'), path: 'web' }).replace(
      'metadata:\n',
      'metadata:\n  annotations:\n    plumbline.dev/badge: public\n',
    );
    await git.pushFiles('fleet', { 'fleet/shown.yaml': definition }, 'show it');
    await system.untilApp('shown', isHealthy);
    expect((await badge(`/badge/${system.clusterName}/shown.svg`)).text).toContain('shown: Healthy');
  });
});
