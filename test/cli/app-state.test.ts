import { describe, expect, it } from 'vitest';
import { computeState, isSettled } from '../../cli/apps/app-state.ts';
import { pickApp } from '../../cli/apps/find-app.ts';
import { problem } from '../../core/problem/problem.ts';
import { appView } from './views.ts';

describe('an App', () => {
  it('is Synced when its agent says so of the bundle that is wanted', () => {
    expect(computeState(appView('web'))).toEqual({ sync: 'Synced', health: 'Healthy', message: '' });
    expect(isSettled(appView('web'))).toBe(true);
  });

  it('is OutOfSync while the report speaks of another bundle (I9)', () => {
    const view = { ...appView('web'), bundle: `sha256:${'b'.repeat(64)}` };
    expect(computeState(view).sync).toBe('OutOfSync');
    expect(isSettled(view)).toBe(false);
  });

  it('is Unknown before the first report', () => {
    const { status: _status, ...view } = appView('web');
    expect(computeState(view)).toMatchObject({ sync: 'Unknown', health: 'Unknown' });
  });

  it('is never settled while it is being removed', () => expect(isSettled({ ...appView('web'), state: 'removed' })).toBe(false));

  it('says why it is not healthy, and nothing of why it is', () => {
    const view = appView('web');
    // The fixture always has a status.
    const withHealth = (status: 'Healthy' | 'Progressing') => ({
      ...view,
      status: { ...view.status!, health: { status, message: '1 of 3' } },
    });
    expect([computeState(withHealth('Healthy')).message, computeState(withHealth('Progressing')).message]).toEqual([
      '',
      '1 of 3',
    ]);
  });

  it('says the first of its problems and how many more there are', () => {
    const problems = [problem('render.helm', 'no such value'), problem('app.field_ignored', 'ignored')];
    expect(computeState({ ...appView('web'), problems }).message).toBe('no such value (and 1 more)');
  });
});

describe('a name', () => {
  const apps = [appView('web', 'eu-1'), appView('web', 'us-1'), appView('shop', 'eu-1')];
  it('without a cluster names the only App of that name', () =>
    expect(pickApp(apps, { name: 'shop' })).toMatchObject({ value: { cluster: 'eu-1', app: 'shop' } }));
  it('with a cluster names one of several', () =>
    expect(pickApp(apps, { name: 'us-1/web' })).toMatchObject({ value: { cluster: 'us-1' } }));
  it('of several is a wrong call, which names them', () =>
    expect(pickApp(apps, { name: 'web' })).toMatchObject({
      error: { exit: 2, fix: expect.stringContaining('eu-1/web, us-1/web') },
    }));
  it('of none is not found', () =>
    expect(pickApp(apps, { name: 'eu-1/none' })).toMatchObject({ error: { exit: 3, code: 'api.not_found' } }));
  it('with the cluster beside it names one of several, and none when they disagree', () => {
    expect(pickApp(apps, { name: 'web', cluster: 'us-1' })).toMatchObject({ value: { cluster: 'us-1' } });
    expect(pickApp(apps, { name: 'us-1/web', cluster: 'eu-1' })).toMatchObject({ error: { exit: 2 } });
  });
  it('that is nearly one says which', () => {
    expect(pickApp(apps, { name: 'shpo' })).toMatchObject({ error: { fix: 'Did you mean shop?' } });
    expect(pickApp(apps, { name: 'us-1/wbe' })).toMatchObject({ error: { fix: 'Did you mean us-1/web?' } });
  });
});
