/** What the list of all Apps, the stream and the journal say of a real fleet. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow, Board, StatusView } from '../../core/api/board.ts';
import { argoApp, configMapYaml } from './support/definitions.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

let journey: Journey;
let demo: Repository;

beforeAll(async () => {
  journey = await startJourney();
  demo = await journey.repository('demo');
  await demo.push({
    'fleet/web.yaml': argoApp(demo.url, { name: 'web', path: 'apps/web' }),
    'apps/web/cm.yaml': configMapYaml('web', '1'),
  });
  await journey.addFleet(demo);
  await journey.waitForApp('web', { sync: 'Synced', health: 'Healthy' });
});
afterAll(() => journey?.stop());

const headers = () => ({ authorization: `Bearer ${journey.system.apiToken}` });
const url = (path: string) => `${journey.system.worker().url}${path}`;

async function get<T>(path: string): Promise<T> {
  const response = await fetch(url(`/api${path}`), { headers: headers() });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

const rowOf = async (app: string) => (await get<Board>('/board')).apps.find((row) => row.app === app);

test('an App has a line that says what it is, and so has its cluster', async () => {
  const row = await waitFor('the line of web to be Synced', async () => {
    const found = await rowOf('web');
    return found?.sync === 'Synced' && found.health === 'Healthy' ? found : undefined;
  });
  expect(row).toMatchObject({ cluster: 'demo', project: 'default', kind: 'Application', repo: demo.url, path: 'apps/web' });
  expect(row.objects).toBeGreaterThan(0);
  expect((await get<Board>('/board')).clusters).toMatchObject([{ name: 'demo', apps: { total: 1, synced: 1 } }]);
});

test('a push is told to who listens: the line of its App, and what happened', async () => {
  const { cursor } = await get<Board>('/board');
  const aborted = new AbortController();
  const stream = await fetch(url(`/api/stream?after=${cursor}`), { headers: headers(), signal: aborted.signal });
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  const commit = await demo.push({ 'apps/web/cm.yaml': configMapYaml('web', '2') });
  const heard = await listenUntil(stream, (all) => {
    const rows = all.flatMap(({ event, data }) => (event === 'apps' ? (data as { changed: AppRow[] }).changed : []));
    const kinds = all.flatMap(({ event, data }) => (event === 'activity' ? [(data as ActivityEvent).kind] : []));
    return rows.some((row) => row.revision === commit && row.sync === 'Synced') && kinds.includes('synced');
  });
  aborted.abort();
  const kinds = heard.flatMap(({ event, data }) => (event === 'activity' ? [(data as ActivityEvent).kind] : []));
  expect(kinds.indexOf('deploy')).toBeLessThan(kinds.indexOf('synced'));
  expect(kinds).toContain('deploy');
});

type Message = { readonly event: string; readonly data: unknown };

/** Reads a stream until what was heard is enough. */
async function listenUntil(stream: Response, isEnough: (heard: readonly Message[]) => boolean): Promise<readonly Message[]> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (isEnough(messages(text))) break;
  }
  return messages(text);
}

/** Server-sent events that are whole. */
function messages(text: string): Message[] {
  return text.split('\n\n').flatMap((block) => {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const [event, data] = [field('event'), field('data')];
    return event === undefined || data === undefined || !text.includes(`${block}\n\n`) ? [] : [{ event, data: JSON.parse(data) }];
  });
}

describe('the journal', () => {
  test('has what happened in clusters and to the installation, and can be asked for less', async () => {
    const { events } = await get<{ events: ActivityEvent[] }>('/activity');
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['deploy', 'synced', 'enrolled', 'source', 'cluster']));
    const { events: deploys } = await get<{ events: ActivityEvent[] }>('/activity?app=web&kind=deploy');
    expect(deploys.length).toBeGreaterThan(1);
    expect(new Set(deploys.map(({ app, kind }) => `${app} ${kind}`))).toEqual(new Set(['web deploy']));
  });

  test('comes in pages that neither repeat nor skip', async () => {
    const all = await get<{ events: ActivityEvent[] }>('/activity?limit=500');
    const paged: ActivityEvent[] = [];
    for (let before: string | undefined = ''; before !== undefined; ) {
      const page: { events: ActivityEvent[]; before?: string } = await get(
        `/activity?limit=3${before === '' ? '' : `&before=${before}`}`,
      );
      paged.push(...page.events);
      before = page.before;
    }
    expect(paged.slice(-all.events.length)).toEqual(all.events);
  });

  test('of the installation is a ledger that Git clones', async () => {
    const { host } = new URL(url('/'));
    const folder = join(journey.dir, 'installation');
    await promisify(execFile)('git', ['clone', '-q', `http://x:${journey.system.apiToken}@${host}/ledger/_fleet.git`, folder]);
    const { stdout } = await promisify(execFile)('git', ['-C', folder, 'log', '--format=%s%n%(trailers)']);
    expect(stdout).toContain('fleet path');
    expect(stdout).toContain('Actor: operator');
  });
});

test('all is well until a commit breaks an App; then its reason is told', async () => {
  await waitFor('all to be well', async () => ((await get<StatusView>('/status')).ok ? true : undefined));
  await demo.push({ 'apps/web/cm.yaml': 'kind: [' });
  const status = await waitFor('something to be wrong', async () => {
    const found = await get<StatusView>('/status');
    return found.ok ? undefined : found;
  });
  expect(status.wrong).toMatchObject([{ what: 'app', cluster: 'demo', name: 'web' }]);
});
