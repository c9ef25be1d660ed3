import { describe, expect, it } from 'vitest';
import { judgeApp, type Wanted } from '../../cli/wait/judge-app.ts';
import type { Pin, Reason } from '../../core/api/control.ts';
import type { AppView } from '../../core/api/views.ts';
import { problem } from '../../core/problem/problem.ts';
import { fullView, REVISION } from './views.ts';

const WANTED: Wanted = { sync: true, health: true, operation: false };
const NEWER = 'b'.repeat(40);

/** An App whose agent says this of it. */
function app(changes: Partial<AppView> = {}, status: Partial<NonNullable<AppView['status']>> = {}): AppView {
  const view = fullView('web');
  return { ...view, ...changes, status: { ...view.status!, ...status } }; // the fixture always has a status
}

const reason = (code: Reason['code'], severity: Reason['severity']): Reason => ({ code, text: `because of ${code}`, severity });
const degraded = { health: { status: 'Degraded' as const, message: '0 of 2 are ready' } };
const outOfSync = { sync: 'OutOfSync' as const };

describe('an App that is waited for', () => {
  it('is done when it is Synced and Healthy, or Suspended', () => {
    expect(judgeApp(app(), WANTED, false).kind).toBe('done');
    expect(judgeApp(app({}, { health: { status: 'Suspended' } }), WANTED, false).kind).toBe('done');
  });

  it.each([
    ['only Synced', { sync: true, health: false }, { health: { status: 'Progressing' as const } }],
    ['only Healthy', { sync: false, health: true }, outOfSync],
  ])('is done when it is as was asked: %s', (_, wanted, status) => {
    expect(judgeApp(app({}, status), { ...WANTED, ...wanted }, false).kind).toBe('done');
    expect(judgeApp(app({}, status), WANTED, false).kind).toBe('waiting');
  });

  it('waits for the commit, its first digits, or a later one', () => {
    expect(judgeApp(app(), { ...WANTED, revision: REVISION.slice(0, 8) }, false).kind).toBe('done');
    expect(judgeApp(app(), { ...WANTED, revision: NEWER }, true).kind).toBe('done');
    const waiting = judgeApp(app(), { ...WANTED, revision: NEWER }, false);
    expect(waiting).toEqual({ kind: 'waiting', why: ['bbbbbbb has not come to it yet'] });
  });

  it('is never done while the report speaks of another bundle (I9), its request is open, or it is being removed', () => {
    expect(judgeApp(app({ bundle: `sha256:${'b'.repeat(64)}` }), WANTED, false).kind).toBe('waiting');
    const asked = app({ requests: [{ id: 'r1', kind: 'sync', actor: 'ana' }] });
    expect(judgeApp(asked, { ...WANTED, request: 'r1' }, false).kind).toBe('waiting');
    expect(judgeApp(asked, { ...WANTED, request: 'r2' }, false).kind).toBe('done');
    expect(judgeApp(asked, { ...WANTED, operation: true }, false).kind).toBe('waiting');
    expect(judgeApp(app({ state: 'removed' }), WANTED, false).kind).toBe('waiting');
  });

  it('is bad when it is Degraded at what is wanted, not while that has not come', () => {
    expect(judgeApp(app({}, degraded), WANTED, false)).toEqual({ kind: 'bad', why: ['0 of 2 are ready'] });
    expect(judgeApp(app({}, degraded), { ...WANTED, revision: NEWER }, false).kind).toBe('waiting');
  });

  it('is not bad because of what runs before what is wanted: a fix may be on its way', () => {
    const broken = app({ reasons: [reason('degraded', 'bad')] }, degraded);
    expect(judgeApp(broken, { ...WANTED, revision: NEWER }, false).kind).toBe('waiting');
    const taken = { ...broken, revision: NEWER, bundle: `sha256:${'b'.repeat(64)}` };
    expect(judgeApp(taken, { ...WANTED, revision: NEWER }, false).kind).toBe('waiting');
  });

  it('is bad when what is wanted does not render, though it has not come', () => {
    const view = app({ problems: [problem('render.helm', 'no such value')], reasons: [reason('render.helm', 'bad')] });
    expect(judgeApp(view, { ...WANTED, revision: NEWER }, false).kind).toBe('bad');
    const applied = app({ reasons: [reason('apply.invalid', 'bad')] }, { problems: [problem('apply.invalid', 'no')] });
    expect(judgeApp(applied, { ...WANTED, revision: NEWER }, false).kind).toBe('waiting');
    expect(judgeApp(applied, WANTED, false).kind).toBe('done');
  });

  it('is bad when somebody should act, whatever its state', () =>
    expect(judgeApp(app({ reasons: [reason('agent_silent', 'bad')] }, outOfSync), WANTED, false).kind).toBe('bad'));

  it.each(['approval', 'suspended', 'deleted', 'apply.held_deletion'] as const)('is held for %s', (code) => {
    for (const severity of ['bad', 'wait', 'info'] as const)
      expect(judgeApp(app({ reasons: [reason(code, severity)] }, outOfSync), WANTED, false).kind).toBe('held');
  });

  it('is held when it is out of sync and nobody has asked for a sync', () => {
    const reasons = [reason('manual', 'info')];
    expect(judgeApp(app({ reasons }, outOfSync), WANTED, false).kind).toBe('held');
    const asked = { reasons, requests: [{ id: 'r1', kind: 'sync' as const, actor: 'ana' }] };
    expect(judgeApp(app(asked, outOfSync), WANTED, false).kind).toBe('waiting');
  });

  it('is held by a pin only where the pin is in the way', () => {
    const pinned = app({ reasons: [reason('pinned', 'info')] });
    expect(judgeApp(pinned, WANTED, false).kind).toBe('done');
    expect(judgeApp(pinned, { ...WANTED, revision: NEWER }, false).kind).toBe('held');
  });

  it('is bad for good when it went back by itself from what is wanted', () => {
    const pin: Pin = {
      ...{ revision: REVISION, subject: '', bundle: 'sha256:a', entry: 'c', until: { kind: 'newer-commit' } },
      ...{ automatic: 'degraded', from: { revision: NEWER, bundle: 'sha256:b' }, actor: 'plumbline', at: 0 },
    };
    const view = app({ control: { pin }, reasons: [reason('pinned', 'bad')] });
    expect(judgeApp(view, { ...WANTED, revision: NEWER.slice(0, 7) }, false)).toMatchObject({ kind: 'bad', final: true });
    expect(judgeApp(view, WANTED, false).kind).toBe('done');
  });

  it('says why in the words of its reasons, with what to do', () => {
    const reasons = [{ ...reason('approval', 'wait'), fix: 'Approve it.' }, reason('syncing', 'wait')];
    expect(judgeApp(app({ reasons }, outOfSync), WANTED, false).why).toEqual([
      'because of approval (Approve it.)',
      'because of syncing',
    ]);
  });
});
