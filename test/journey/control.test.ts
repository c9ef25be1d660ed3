import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, namespacePath } from './support/cluster-objects.ts';
import { type Controls, controlsOf } from './support/control.ts';
import { argoApp, configMapYaml, deploymentYaml, yaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';
import { findWorkerd } from './support/workerd-process.ts';

let journey: Journey;
let repository: Repository;
let controls: Controls;

const SYNCED = { sync: 'Synced', health: 'Healthy' } as const;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('control');
  controls = controlsOf(journey);
  await repository.push({ 'README.md': 'control' });
  await journey.addFleet(repository);
});
afterAll(() => journey?.stop());

const files = (app: string, value: string) => ({ [`apps/${app}/config.yaml`]: configMapYaml('config', value) });
const push = (app: string, value: string) => repository.push(files(app, value), `${app} says ${value}`);

async function add(app: string, options: object = {}): Promise<string> {
  const definition = argoApp(repository.url, { name: app, path: `apps/${app}`, ...options });
  return repository.push({ [`fleet/${app}.yaml`]: definition, ...files(app, 'one') }, `add ${app}`);
}

async function shown(app: string): Promise<string | undefined> {
  const live = await journey.objects.get(configMap(app, 'config'));
  return (live?.['data'] as { value?: string } | undefined)?.value; // a ConfigMap's
}

async function awaitValue(app: string, value: string): Promise<void> {
  await waitFor(`${app} to say ${value}`, async () => (await shown(app)) === value, { describe: () => shown(app) });
}

const edit = (app: string, value: string) => journey.objects.patch(configMap(app, 'config'), { data: { value } });

type Asks = (app: string, what: string, body: object) => Promise<{ status: number; code?: string }>;

/** A person of their own, signed in by the one-time code. */
async function firstAdministrator(name: string): Promise<Asks> {
  const { url } = journey.system.worker();
  const post = (path: string, headers: Record<string, string>, body: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const given = await post('/auth/first-admin-code', { authorization: `Bearer ${journey.system.apiToken}` }, {});
  const { code } = (await given.json()) as { code: string };
  const signedIn = await post('/auth/first-admin', { origin: url }, { code, name });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return asks({ cookie, origin: url });
}

/** A token that the operator has made: whoever uses it speaks for the operator. */
async function tokenOf(name: string): Promise<Asks> {
  const made = await journey.system.api.send<{ token: string }>('POST', '/tokens', { name, roles: ['role:admin'] });
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return asks({ authorization: `Bearer ${made.value.token}` });
}

function asks(by: Readonly<Record<string, string>>): Asks {
  const headers = { ...by, 'content-type': 'application/json' };
  return async (app, what, body) => {
    const url = `${journey.system.worker().url}/api/apps/demo/${app}/${what}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const said = (await answer.json()) as { code?: string }; // a Problem, or nothing
    return { status: answer.status, ...(said.code === undefined ? {} : { code: said.code }) };
  };
}

describe('suspending an App', () => {
  test('stops syncs and heals, while reports go on', async () => {
    await add('still');
    await journey.waitForApp('still', SYNCED);
    await controls.decide('still', 'suspend', { reason: 'looking into it' });
    await controls.until('still', 'to be suspended', ({ control }) => control?.suspended?.reason === 'looking into it');
    await edit('still', 'by hand');
    await controls.until('still', 'to report drift', ({ status }) => (status?.drift.length ?? 0) > 0);
    const two = await push('still', 'two');
    await journey.waitForApp('still', { revision: two, sync: 'OutOfSync' });
    expect(await shown('still')).toBe('by hand');
    expect(await controls.reasons('still')).toContain('suspended');
    expect(await controls.refused('still', 'sync')).toBe('api.conflict');
    expect(await controls.refused('still', 'rollback', { to: '1' })).toBe('api.conflict');
    expect(await controls.refused('still', 'suspend')).toBe('api.conflict');
  });

  test('lasts when the Worker is killed, and ends with resume', async () => {
    kill(await findWorkerd(journey.system.worker().url), 'SIGKILL');
    await journey.system.restartWorker();
    expect((await journey.app('still'))?.control?.suspended?.actor).toBe('operator');
    await controls.decide('still', 'resume', { reason: 'found it' });
    await awaitValue('still', 'two');
    await journey.waitForApp('still', SYNCED);
    expect(await controls.recorded('still', 'suspend')).toEqual([
      expect.objectContaining({ actor: 'operator', reason: 'looking into it' }),
    ]);
    expect(await controls.recorded('still', 'resume')).toEqual([expect.objectContaining({ reason: 'found it' })]);
  });

  test('stops a sync that runs already before its next wave', async () => {
    const slow = JSON.parse(deploymentYaml('web', { replicas: 1 })) as {
      spec: { template: { metadata: { annotations?: object } } };
    };
    slow.spec.template.metadata.annotations = {
      'devcluster.plumbline.dev/behaviour': 'slow',
      'devcluster.plumbline.dev/delay': '6s',
    };
    const later = JSON.parse(configMapYaml('config', 'later')) as { metadata: object };
    const wave = { annotations: { 'argocd.argoproj.io/sync-wave': '1' } };
    await repository.push({
      'fleet/waves.yaml': argoApp(repository.url, { name: 'waves', path: 'apps/waves' }),
      'apps/waves/web.yaml': yaml(slow),
      'apps/waves/config.yaml': yaml({ ...later, metadata: { ...later.metadata, ...wave } }),
    });
    await controls.until('waves', 'to wait for its first wave', ({ status }) => status?.progress?.code === 'apply.waiting');
    await controls.decide('waves', 'suspend');
    await waitFor('the Deployment to be ready', async () => {
      const live = await journey.objects.get('/apis/apps/v1/namespaces/waves/deployments/web');
      return (live?.['status'] as { readyReplicas?: number } | undefined)?.readyReplicas === 1; // a Deployment's
    });
    await controls.until('waves', 'to have noticed', ({ status }) => status?.progress === undefined);
    expect(await shown('waves')).toBeUndefined();
    await controls.decide('waves', 'resume');
    await awaitValue('waves', 'later');
  });

  test('keeps an App whose definition leaves Git, until it is resumed', async () => {
    await add('leaving');
    await journey.waitForApp('leaving', SYNCED);
    await controls.decide('leaving', 'suspend');
    const commit = await repository.push({ 'fleet/leaving.yaml': null });
    await waitFor('the removal to be read', async () => (await journey.fleet(repository))?.commit === commit);
    await controls.until('leaving', 'to be told', ({ requests }) => requests.length === 0);
    expect(await shown('leaving')).toBe('one');
    await controls.decide('leaving', 'resume');
    await journey.waitForGone('leaving');
    expect(await shown('leaving')).toBeUndefined();
  });
});

describe('break-glass', () => {
  test('needs a reason, and ends by itself: what was changed by hand is healed then', async () => {
    await add('glass');
    await journey.waitForApp('glass', SYNCED);
    expect(await controls.refused('glass', 'break-glass', { seconds: 5 })).toBe('api.invalid');
    expect(await controls.refused('glass', 'break-glass', { seconds: -1, reason: 'x' })).toBe('api.invalid');
    await controls.decide('glass', 'break-glass', { seconds: 6, reason: 'incident 4711' });
    await controls.until('glass', 'to be open', ({ control }) => control?.glass?.reason === 'incident 4711');
    await edit('glass', 'by hand');
    const view = await controls.until('glass', 'to report drift', ({ status }) => status?.drift[0]?.action === 'reported');
    expect([await shown('glass'), view.reasons?.map(({ code }) => code)]).toEqual([
      'by hand',
      expect.arrayContaining(['glass', 'drift']),
    ]);
    await awaitValue('glass', 'one');
    const done = await journey.waitForApp('glass', SYNCED);
    expect(done.control).toBeUndefined();
    const said = await controls.recorded('glass', 'break-glass');
    expect(said.map(({ actor }) => actor)).toEqual(['operator', 'plumbline']);
    expect(said[0]?.reason).toBe('incident 4711');
  });
});

test('break-glass is ended early by asking for no time', async () => {
  await controls.decide('glass', 'break-glass', { seconds: 3_600, reason: 'once more' });
  await edit('glass', 'by hand');
  await controls.until('glass', 'to report drift', ({ status }) => status?.drift[0]?.action === 'reported');
  await controls.decide('glass', 'break-glass', { seconds: 0 });
  await awaitValue('glass', 'one');
  expect(await controls.refused('glass', 'break-glass', { seconds: 0 })).toBe('api.conflict');
});

describe('sync windows', () => {
  test('that are closed hold a sync, until a person lets it through for a time', async () => {
    const project = yaml({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'closed', namespace: 'argocd' },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        syncWindows: [{ kind: 'deny', schedule: '* * * * *', duration: '1h', applications: ['*'] }],
      },
    });
    const definition = JSON.parse(argoApp(repository.url, { name: 'windowed', path: 'apps/windowed' })) as { spec: object };
    await repository.push({
      'fleet/closed.yaml': project,
      'fleet/windowed.yaml': yaml({ ...definition, spec: { ...definition.spec, project: 'closed' } }),
      ...files('windowed', 'one'),
    });
    await controls.until(
      'windowed',
      'to wait for its window',
      ({ reasons }) => reasons?.some(({ code }) => code === 'apply.window') === true,
    );
    expect(await journey.objects.get(namespacePath('windowed'))).toBeUndefined();
    await controls.decide('windowed', 'override-windows', { seconds: 8, reason: 'it cannot wait' });
    await awaitValue('windowed', 'one');
    expect((await journey.app('windowed'))?.control?.windows).toMatchObject({ actor: 'operator', reason: 'it cannot wait' });
    await controls.until('windowed', 'to be closed again', ({ control }) => control?.windows === undefined);
    const two = await push('windowed', 'two');
    await journey.waitForApp('windowed', { revision: two, sync: 'OutOfSync' });
    expect(await shown('windowed')).toBe('one');
    expect(await controls.refused('still', 'override-windows', { seconds: 5 })).toBe('api.conflict');
  });
});

describe('approvals', () => {
  let ana: Asks;

  test('hold a new bundle back until enough different people have approved exactly this one', async () => {
    ana = await firstAdministrator('ana');
    const ben = await tokenOf('ben');
    const one = await add('gated', { annotations: { 'plumbline.dev/approvals': '2' } });
    const waiting = await controls.until('gated', 'to wait for approvals', ({ control }) => control?.approval?.revision === one);
    const bundle = waiting.control?.approval?.bundle ?? '';
    expect([waiting.bundle, waiting.reasons?.map(({ code }) => code)]).toEqual([undefined, expect.arrayContaining(['approval'])]);
    expect(await journey.objects.get(namespacePath('gated'))).toBeUndefined();
    expect(await ana('gated', 'approve', { bundle: `sha256:${'0'.repeat(64)}` })).toEqual({ status: 409, code: 'api.conflict' });
    expect(await ana('gated', 'approve', { bundle, reason: 'looks right' })).toEqual({ status: 202 });
    expect(await ana('gated', 'approve', { bundle })).toEqual({ status: 409, code: 'api.conflict' });
    expect((await journey.app('gated'))?.control?.approval?.approvals).toEqual([
      expect.objectContaining({ actor: 'ana', reason: 'looks right' }),
    ]);
    expect(await ben('gated', 'approve', { bundle })).toEqual({ status: 202 });
    await journey.waitForApp('gated', { revision: one, ...SYNCED });
    const [deploy] = await controls.recorded('gated', 'deploy');
    expect(deploy).toMatchObject({ actor: 'token ben', reason: 'approved by ana and token ben; looks right' });
    expect(await controls.recorded('gated', 'approve')).toEqual([
      expect.objectContaining({ actor: 'ana', reason: 'looks right' }),
    ]);
  });

  test('do not carry over to a newer commit, and what runs goes on and is healed', async () => {
    const two = await push('gated', 'two');
    const first = await controls.until('gated', 'to wait again', ({ control }) => control?.approval?.revision === two);
    const seen = { bundle: first.control?.approval?.bundle };
    await controls.decide('gated', 'approve', seen);
    // Of the operator, and so is this token: nobody becomes two people by making one (S14).
    expect(await (await tokenOf('ben-2'))('gated', 'approve', seen)).toEqual({ status: 409, code: 'api.conflict' });
    const three = await push('gated', 'three');
    const view = await controls.until(
      'gated',
      'to wait for the newer one',
      ({ control }) => control?.approval?.revision === three,
    );
    expect(view.control?.approval?.approvals).toEqual([]);
    await edit('gated', 'by hand');
    await awaitValue('gated', 'one');
    expect(await controls.refused('gated', 'approve', { bundle: first.control?.approval?.bundle })).toBe('api.conflict');
    const { events } = await activity('gated', 'approval');
    expect(events.filter(({ notice }) => notice === 'approval-needed')).toHaveLength(3);
  });

  test('are not asked for to go back to what ran before', async () => {
    const bundle = (await journey.app('gated'))?.control?.approval?.bundle ?? '';
    await controls.decide('gated', 'approve', { bundle });
    expect(await ana('gated', 'approve', { bundle })).toEqual({ status: 202 });
    await awaitValue('gated', 'three');
    await controls.decide('gated', 'rollback', { to: '1' });
    await awaitValue('gated', 'one');
    await controls.decide('gated', 'unpin');
    await awaitValue('gated', 'three');
  });

  test('of whom the App does not want do not count', async () => {
    const token = await tokenOf('ben-3');
    await add('strict', { annotations: { 'plumbline.dev/approvals': '1', 'plumbline.dev/approvals-without': 'tokens' } });
    const { control } = await controls.until('strict', 'to wait for approvals', (view) => view.control?.approval !== undefined);
    const bundle = control?.approval?.bundle ?? '';
    expect(await token('strict', 'approve', { bundle })).toEqual({ status: 409, code: 'api.conflict' });
    await controls.decide('strict', 'approve', { bundle });
    await awaitValue('strict', 'one');
  });
});

describe('deleting an App that Git still defines', () => {
  test('takes its objects along, needs its name, and restore brings it back', async () => {
    await add('doomed');
    await journey.waitForApp('doomed', SYNCED);
    expect(await controls.refused('doomed', 'delete', { cascade: 'prune', confirm: 'dooomed' })).toBe('api.invalid');
    await controls.decide('doomed', 'delete', { cascade: 'prune', confirm: 'doomed', reason: 'not needed' });
    await waitFor('its object to be gone', async () => (await shown('doomed')) === undefined);
    const view = await controls.until('doomed', 'to be gone', ({ status }) => status === undefined);
    expect([view.state, view.control?.deleted?.reason]).toEqual(['removed', 'not needed']);
    await push('doomed', 'two');
    await controls.until('doomed', 'to know the newer commit', ({ subject }) => subject === 'doomed says two');
    expect(await shown('doomed')).toBeUndefined();
    expect(await controls.refused('doomed', 'rollback', { to: '1' })).toBe('api.conflict');
    await controls.decide('doomed', 'restore', { reason: 'needed after all' });
    await awaitValue('doomed', 'two');
    await journey.waitForApp('doomed', SYNCED);
    expect(await controls.recorded('doomed', 'remove')).toEqual([
      expect.objectContaining({ actor: 'operator', reason: 'not needed' }),
    ]);
    expect((await controls.recorded('doomed', 'deploy')).at(-1)).toMatchObject({ reason: 'needed after all' });
  });

  test('may leave its objects, and forgets it when Git lets go of it too', async () => {
    await add('orphaned');
    await journey.waitForApp('orphaned', SYNCED);
    await controls.decide('orphaned', 'delete', { cascade: 'orphan', confirm: 'orphaned' });
    await controls.until('orphaned', 'to be let go', ({ status }) => status === undefined);
    expect(await shown('orphaned')).toBe('one');
    expect(JSON.stringify(await journey.objects.get(configMap('orphaned', 'config')))).not.toContain('tracking-id');
    await repository.push({ 'fleet/orphaned.yaml': null });
    await journey.waitForGone('orphaned');
    expect(await shown('orphaned')).toBe('one');
  });
});

describe('a deletion above the budget', () => {
  test('is confirmed for exactly the objects that were shown (F29)', async () => {
    const more = (from: number, to: number, text: string | null) =>
      Object.fromEntries(
        Array.from({ length: to - from }, (_, i) => [
          `apps/many/more-${from + i}.yaml`,
          text === null ? null : configMapYaml(`more-${from + i}`, text),
        ]),
      );
    await repository.push({
      'fleet/many.yaml': argoApp(repository.url, {
        ...{ name: 'many', path: 'apps/many' },
        annotations: { 'plumbline.dev/deletion-budget': '1' },
      }),
      ...files('many', 'one'),
      ...more(0, 8, '1'),
    });
    await journey.waitForApp('many', SYNCED);
    expect(await controls.refused('many', 'confirm')).toBe('api.conflict');
    await repository.push(more(0, 4, null));
    const held = await controls.until('many', 'to hold four', ({ control }) => control?.deletions?.objects.length === 4);
    expect(held.reasons?.[0]).toMatchObject({ code: 'apply.held_deletion', text: 'held: would delete 4 of 9 objects' });
    // Two more come in the same moment as the confirmation of the four.
    await controls.decide('many', 'confirm', { reason: 'old ones' });
    await repository.push(more(4, 6, null));
    await controls.until('many', 'to hold the two', ({ control }) => control?.deletions?.objects.length === 2);
    const there = await Promise.all(Array.from({ length: 8 }, (_, i) => journey.objects.get(configMap('many', `more-${i}`))));
    expect(there.map((one) => one !== undefined)).toEqual([false, false, false, false, true, true, true, true]);
  });
});

test('a Worker that is killed in the middle of a decision has decided or not, and goes on', async () => {
  await add('cut');
  await journey.waitForApp('cut', SYNCED);
  const two = await push('cut', 'two');
  await journey.waitForApp('cut', { revision: two, ...SYNCED });
  for (const delay of [0, 5, 15]) {
    const asked = controls.decide('cut', 'rollback', { to: '1', until: 'unpin' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, delay));
    kill(await findWorkerd(journey.system.worker().url), 'SIGKILL');
    await asked;
    await journey.system.restartWorker();
    const isPinned = (await journey.app('cut'))?.control?.pin !== undefined;
    await awaitValue('cut', isPinned ? 'one' : 'two');
    if (isPinned) await controls.decide('cut', 'unpin');
    await awaitValue('cut', 'two');
  }
});

test('nothing that happened breaks an invariant (I1–I4, I6, I9)', async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

async function activity(app: string, kind: string): Promise<{ readonly events: readonly { readonly notice?: string }[] }> {
  const answer = await journey.system.api.get<{ events: readonly { notice?: string }[] }>(`/activity?app=${app}&kind=${kind}`);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}
