import { describe, expect, it } from 'vitest';
import type { App } from '../../../core/app/app.ts';
import { makeBundle } from '../../../core/bundle/make-bundle.ts';
import { ok } from '../../../core/result.ts';
import { type JourneyStages, runJourney, type SelectedApp, toDefinition } from '../../../src/journey.ts';
import type { PublishedApp } from '../../../src/publisher.ts';
import { commit, definition } from '../durable/cluster-fixture.ts';

const app = (id: string, cluster = 'eu-1'): App => ({
  ...definition(id),
  cluster,
  render: { engine: 'helm', helm: { values: { password: 'canary-1' } } },
  warnings: [],
});

const selected = (one: App): SelectedApp => ({ app: one, repo: 'repo', at: ok(commit(1)) });
const pause = () => new Promise((resolve) => setImmediate(resolve));

/** Stages that do nothing but write down what happens; `change` replaces some. */
function stages(apps: readonly App[], change: Partial<JourneyStages> = {}) {
  const log: string[] = [];
  const recorded: JourneyStages = {
    async fetch(repo) {
      log.push(`fetch ${repo}`);
      return [];
    },
    async define() {
      log.push('define');
      return [];
    },
    async select() {
      log.push('select');
      return apps.map(selected);
    },
    async render(one) {
      log.push(`render ${one.app.id}`);
      await pause();
      return { selected: one, again: false, change: { definition: toDefinition(one.app), state: 'present', problems: [] } };
    },
    async publish(cluster, changes) {
      log.push(`publish ${cluster} ${changes.map(({ app: { id } }) => id).sort()}`);
    },
    async settle(_repo, _fetched, outcomes) {
      log.push(`settle ${outcomes.map(({ selected: one, again }) => `${one.app.id}${again ? ' again' : ''}`).sort()}`);
    },
    ...change,
  };
  return { log, stages: recorded };
}

describe('a journey', () => {
  it('goes through its stages in order, and settles last', async () => {
    const { log, stages: all } = stages([app('web'), app('api')]);
    await runJourney('repo', all);
    expect(log).toEqual(['fetch repo', 'define', 'select', 'render web', 'render api', 'publish eu-1 api,web', 'settle api,web']);
  });

  it('publishes each cluster apart, in batches of fifty, one after the other', async () => {
    const apps = [...Array.from({ length: 120 }, (_, i) => app(`eu-${i}`)), app('us', 'us-1')];
    let open = 0;
    const sizes: string[] = [];
    const publish = async (cluster: string, changes: readonly PublishedApp[]) => {
      if (cluster === 'eu-1') expect(++open).toBe(1);
      for (let i = 0; i < 5; i++) await pause();
      sizes.push(`${cluster} ${changes.length}`);
      if (cluster === 'eu-1') open--;
    };
    await runJourney('repo', stages(apps, { publish }).stages);
    expect(sizes.sort()).toEqual(['eu-1 20', 'eu-1 50', 'eu-1 50', 'us-1 1']);
  });

  it('publishes a batch early when its bundles are large: what crosses to another object is limited', async () => {
    const metadata = { name: 'large' };
    const objects = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: 'x'.repeat(3_000_000) } }];
    const { bundle } = makeBundle(objects, '5a'.repeat(32));
    const batches: number[] = [];
    await runJourney(
      'repo',
      stages(
        ['a', 'b', 'c', 'd', 'e'].map((id) => app(id)),
        {
          async render(one) {
            const change = { definition: toDefinition(one.app), state: 'present' as const, problems: [], bundle };
            return { selected: one, again: false, change };
          },
          async publish(_cluster, changes) {
            batches.push(changes.length);
          },
        },
      ).stages,
    );
    expect(batches).toEqual([2, 2, 1]);
  });

  it('renders no further ahead than a cluster can take', async () => {
    const apps = Array.from({ length: 1000 }, (_, i) => app(`app-${i}`));
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { log, stages: all } = stages(apps, { publish: () => gate });
    const journey = runJourney('repo', all);
    for (let i = 0; i < 400; i++) await pause();
    const ahead = log.filter((line) => line.startsWith('render')).length;
    expect(ahead).toBeLessThan(250);
    release();
    await journey;
    expect(log.filter((line) => line.startsWith('render'))).toHaveLength(1000);
  });

  it('publishes a removed App as a tombstone, without how it was rendered', async () => {
    const published: PublishedApp[] = [];
    await runJourney(
      'repo',
      stages([], {
        define: async () => [{ app: app('web') }],
        publish: async (_cluster, changes) => void published.push(...changes),
      }).stages,
    );
    expect(published.map(({ change }) => change)).toEqual([
      { definition: toDefinition(app('web')), state: 'removed', problems: [] },
    ]);
    expect(JSON.stringify(published.map(({ change }) => change))).not.toContain('canary-1');
  });

  it('turns what a render throws into a problem of that App, to be tried again, without its text (I7)', async () => {
    const changes: PublishedApp[] = [];
    const { log, stages: all } = stages([app('web'), app('api')], {
      async render(one) {
        if (one.app.id === 'web') throw new TypeError('canary-1');
        return { selected: one, again: false, change: { definition: toDefinition(one.app), state: 'present', problems: [] } };
      },
      publish: async (_cluster, some) => void changes.push(...some),
    });
    await runJourney('repo', all);
    expect(log.at(-1)).toBe('settle api,web again');
    const web = changes.find((one) => one.app.id === 'web')?.change;
    expect([web?.problems.map(({ code }) => code), web?.bundle]).toEqual([['bug'], undefined]);
    expect(JSON.stringify(web)).not.toContain('canary-1');
  });
});

describe('a journey that cannot publish', () => {
  it('settles nothing, renders no more, and ends only when everything it began has ended (I10)', async () => {
    const apps = [...Array.from({ length: 300 }, (_, i) => app(`eu-${i}`)), app('us', 'us-1')];
    let running = 0;
    const { log, stages: all } = stages(apps, {
      async publish(cluster) {
        running++;
        for (let i = 0; i < (cluster === 'us-1' ? 20 : 1); i++) await pause();
        running--;
        if (cluster === 'eu-1') throw new Error('away');
      },
    });
    await expect(runJourney('repo', all)).rejects.toThrow('away');
    expect(running).toBe(0);
    expect(log.filter((line) => line.startsWith('settle'))).toEqual([]);
    expect(log.filter((line) => line.startsWith('render')).length).toBeLessThan(150);
  });

  it.each(['fetch', 'define', 'select'] as const)('or %s publishes and settles nothing', async (stage) => {
    const { log, stages: all } = stages([app('web')], { [stage]: async () => Promise.reject(new Error('lost')) });
    await expect(runJourney('repo', all)).rejects.toThrow('lost');
    expect(log.some((line) => /publish|settle/.test(line))).toBe(false);
  });
});
