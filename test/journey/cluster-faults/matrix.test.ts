import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trackingId } from '../../../core/plan/tracking.ts';
import { agentWrites, succeeded } from '../support/audit-log.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { createValueApp, type ValueApp, type Values } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

/** What is changed, where it is changed, and who is down meanwhile: an App for each of the twelve. */
const CHANGES = ['update', 'delete', 'create'] as const;
const PLACES = ['git', 'cluster'] as const;
const SIDES = ['agent', 'worker'] as const;
const BEFORE: Values = { kept: '1', changed: '1', dropped: '1' };

interface Cell {
  readonly change: (typeof CHANGES)[number];
  readonly place: (typeof PLACES)[number];
  readonly down: (typeof SIDES)[number];
  readonly app: ValueApp;
}

let journey: Journey;
let repository: Repository;
let cells: readonly Cell[] = [];
let mark = 0;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('main');
  cells = SIDES.flatMap((down) =>
    PLACES.flatMap((place) =>
      CHANGES.map((change) => ({
        change,
        place,
        down,
        app: createValueApp(journey, repository, `${change}-in-${place}-${down}`),
      })),
    ),
  );
  const revision = await repository.push(Object.assign({}, ...cells.map(({ app }) => app.files(BEFORE))));
  await journey.addFleet(repository);
  await Promise.all(cells.map(({ app }) => app.converged(revision)));
  await Promise.all(cells.map(({ app }) => createForeign(app)));
});
afterAll(() => journey?.stop());

const foreign = ({ name }: ValueApp) => `/api/v1/namespaces/${name}/secrets/foreign`;

/** Something in the App's namespace that is nobody's. */
function createForeign({ name }: ValueApp): Promise<void> {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'foreign' }, stringData: { theirs: 'yes' } };
  return journey.objects.create(`/api/v1/namespaces/${name}/secrets`, secret);
}

const wantedAfter = ({ change, place }: Cell): Values => {
  if (place === 'cluster') return BEFORE;
  if (change === 'update') return { ...BEFORE, changed: '2' };
  return change === 'create' ? { ...BEFORE, fresh: '1' } : { kept: '1', changed: '1' };
};

/** Everything at once: a commit that changes three Apps, and hands that change three others in the cluster. */
async function changeAll(down: Cell['down']): Promise<string> {
  const own = cells.filter((cell) => cell.down === down);
  mark = await journey.audit.mark();
  await Promise.all(own.filter(({ place }) => place === 'cluster').map(changeLive));
  return repository.push(Object.assign({}, ...own.map((cell) => cell.app.files(wantedAfter(cell)))));
}

async function changeLive({ change, app }: Cell): Promise<void> {
  if (change === 'update') return app.edit('changed', 'by hand');
  if (change === 'delete') return app.remove('dropped');
  const id = trackingId({ group: '', kind: 'ConfigMap', namespace: app.name, name: 'extra' }, app.name);
  await journey.objects.create(`/api/v1/namespaces/${app.name}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extra', annotations: { 'argocd.argoproj.io/tracking-id': id } },
    data: { value: 'left behind' },
  });
}

const deletedBy = ({ change, place }: Cell): string[] => {
  if (place === 'git' && change === 'delete') return ['dropped'];
  return place === 'cluster' && change === 'create' ? ['extra'] : [];
};

let revision = '';

describe.each(SIDES)('F05: while the %s is down', (down) => {
  beforeAll(async () => {
    if (down === 'agent') {
      await journey.system.agent().stop('SIGKILL');
      revision = await changeAll(down);
      await waitFor('the Worker to decide', async () => (await journey.app('update-in-git-agent'))?.revision === revision);
      await journey.startAgent('agent');
    } else {
      await journey.system.worker().stop();
      revision = await changeAll(down);
      const inCluster = cells.filter((cell) => cell.down === down && cell.place === 'cluster');
      await Promise.all(inCluster.map(({ app }) => app.healed()));
      await journey.system.restartWorker();
      await journey.system.worker().tick();
    }
  });

  describe.each(PLACES)('and the change is in the %s', (place) => {
    test.each(CHANGES)('(%s) it ends where Git is, and nothing else was deleted', async (change) => {
      const cell = cells.find((one) => one.down === down && one.place === place && one.change === change);
      if (cell === undefined) throw new Error('every cell has an App');
      // A status may be from before; what is live is not.
      await cell.app.healed();
      await cell.app.converged(place === 'git' ? revision : undefined);
      expect(await journey.objects.get(foreign(cell.app))).toBeDefined();
      const writes = agentWrites(await journey.audit.since(mark)).filter(({ namespace }) => namespace === cell.app.name);
      const deleted = writes.filter((event) => event.verb === 'delete' && succeeded(event)).map(({ name }) => name);
      expect(deleted).toEqual(deletedBy(cell));
    });
  });

  test('no invariant was broken (I1 to I4, I9)', async () => {
    expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
  });
});
