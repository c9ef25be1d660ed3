/** What docs/operations.md says of backup and restore: the data folder of a Worker that is stopped is all that there is, and how agents follow one that was set back. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runPlumb } from '../cli/run-plumb.ts';
import { argoApp, configMapYaml } from '../journey/support/definitions.ts';
import { type Journey, type Repository, startJourney } from '../journey/support/start-journey.ts';
import { waitFor } from '../journey/support/wait-for.ts';

vi.setConfig({ testTimeout: 240_000 });

const LIVE = '/api/v1/namespaces/web/configmaps/web';

let journey: Journey;
let repository: Repository;
let uid: string | undefined;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('kept');
});
afterAll(() => journey?.stop());

const value = async () => ((await journey.objects.get(LIVE))?.['data'] as { readonly value?: string } | undefined)?.value; // a ConfigMap's

/** Stops the Worker, does something with its folders, and starts it again. */
async function whileStopped(
  work: (folders: { readonly state: string; readonly backup: string }) => Promise<void>,
): Promise<void> {
  await journey.system.worker().stop();
  await work({ state: join(journey.dir, 'state'), backup: join(journey.dir, 'backup') });
  await journey.system.restartWorker();
}

const plumb = (...args: readonly string[]) =>
  runPlumb(args, { env: { PLUMBLINE_URL: journey.system.worker().url, PLUMBLINE_API_TOKEN: journey.system.apiToken } });

test('a copy of the folder is taken while the Worker is stopped; afterwards everything goes on', async () => {
  await repository.push(
    {
      'fleet/web.yaml': argoApp(repository.url, { name: 'web', path: 'apps/web' }),
      'apps/web/web.yaml': configMapYaml('web', '1'),
    },
    'one',
  );
  await journey.addFleet(repository);
  await journey.waitForApp('web', { sync: 'Synced', health: 'Healthy' });
  uid = (await journey.objects.get(LIVE))?.metadata.uid;
  await whileStopped(({ state, backup }) => cp(state, backup, { recursive: true }));
  const revision = await repository.push({ 'apps/web/web.yaml': configMapYaml('web', '2') }, 'two');
  await journey.waitForApp('web', { revision, sync: 'Synced', health: 'Healthy' });
  expect(await value()).toBe('2');
});

test('P13 P14: a Worker that was set back is not followed, and nothing that runs goes back with it', async () => {
  await whileStopped(async ({ state, backup }) => {
    await rm(state, { recursive: true });
    await cp(backup, state, { recursive: true });
  });
  const list = await plumb('app', 'list', '-o', 'json');
  expect([list.code, JSON.parse(list.out)]).toMatchObject([0, [{ app: 'web' }]]);
  await repository.push({ 'apps/web/web.yaml': configMapYaml('web', '3') }, 'three');
  await waitFor('the agent to refuse what is older', async () => /\bP1[345]\b/.test(await journey.logs()), {
    describe: async () => [await value(), await journey.logs()],
  });
  expect(await value()).toBe('2');
});

test('with a new key list it is followed again, from where Git is', async () => {
  const rotated = await plumb('fleet', 'rotate-keys', '--key', join(journey.dir, 'root-key.pem'));
  expect([rotated.code, rotated.err]).toEqual([0, '']);
  const revision = (await journey.app('web'))?.revision ?? '';
  await journey.waitForApp('web', { revision, sync: 'Synced', health: 'Healthy' });
  expect(await value()).toBe('3');
  expect((await journey.objects.get(LIVE))?.metadata.uid).toBe(uid);
  await waitFor('nothing to be wrong', async () => ((await plumb('status')).code === 0 ? true : undefined), {});
});
