import { describe, expect, test } from 'vitest';
import type { ApprovalRule } from '../../../core/control/control-rules.ts';
import {
  admitRender,
  type Candidate,
  type ControlState,
  effectivePolicy,
  endDecisions,
  nextEnd,
  type OpenApproval,
} from '../../../core/control/control-state.ts';
import { definition } from '../../src/durable/cluster-fixture.ts';

const OLD = 'sha256:old';
const BAD = 'sha256:bad';
const NEW = 'sha256:new';

const pinned = (until: NonNullable<ControlState['pin']>['until']): ControlState => ({
  pin: {
    ...{ actor: 'ana', at: 1, revision: 'a'.repeat(40), subject: 'old', bundle: OLD, entry: 'e', until },
    from: { revision: 'b'.repeat(40), bundle: BAD },
    fromCommittedAt: 1_000,
  },
});
const candidate = (change: Partial<Candidate> = {}): Candidate => ({
  ...{ bundle: NEW, revision: 'c'.repeat(40), author: 'Ana <ana@example.org>', committedAt: 2_000 },
  ...change,
});
const admit = (control: ControlState, of = candidate(), approvals?: ApprovalRule) =>
  admitRender(control, { candidate: of, running: OLD, rules: approvals === undefined ? undefined : { approvals }, now: 5 });
const TWO: ApprovalRule = { needed: 2, without: [] };

describe('a pin until a newer commit', () => {
  const control = pinned({ kind: 'newer-commit' });

  test.each([
    ['a newer commit that changes the App', candidate(), true],
    ['a newer commit that brings back what is pinned', candidate({ bundle: OLD }), true],
    ['the commit that was gone back from', candidate({ revision: 'b'.repeat(40), bundle: BAD }), false],
    ['that commit, rendered to something else', candidate({ revision: 'b'.repeat(40) }), false],
    ['a newer commit that changes nothing of the App', candidate({ bundle: BAD }), false],
    ['an older commit whose render was under way', candidate({ committedAt: 500 }), false],
  ])('asked about %s', (_what, of, ends) => {
    const admission = admit(control, of);
    expect([admission.deliver, admission.control.pin === undefined]).toEqual([ends, ends]);
  });
});

test.each([{ kind: 'unpin' } as const, { kind: 'time', at: 9_999 } as const])(
  'a pin until %o holds every commit back',
  (until) => {
    expect(admit(pinned(until))).toMatchObject({ deliver: false, waits: 'pin' });
  },
);

describe('approvals', () => {
  const open = (...ids: string[]): OpenApproval => ({
    ...{ bundle: NEW, revision: 'c'.repeat(40), author: 'Ana <ana@example.org>', since: 1 },
    approvals: ids.map((id) => ({ id, actor: id, at: 2 })),
  });

  test('hold a new bundle back, and begin anew with each', () => {
    const first = admit({}, candidate(), TWO);
    expect(first).toMatchObject({ deliver: false, waits: 'approval', control: { approval: { bundle: NEW, approvals: [] } } });
    const next = admit({ approval: { ...open('ana'), bundle: BAD } }, candidate(), TWO);
    expect(next.control.approval).toMatchObject({ bundle: NEW, approvals: [] });
  });

  test('that were given for this very bundle count, whatever commit brings it again', () => {
    expect(admit({ approval: open('ana') }, candidate(), TWO).deliver).toBe(false);
    expect(admit({ approval: open('ana', 'ben') }, candidate({ revision: 'd'.repeat(40) }), TWO)).toEqual({
      deliver: true,
      control: {},
    });
  });

  test('are not asked for what runs already, nor where none are wanted', () => {
    expect(admit({}, candidate({ bundle: OLD }), TWO).deliver).toBe(true);
    expect(admit({ approval: open() }, candidate()).deliver).toBe(true);
  });

  test('hold back what ends a pin, too: the pin is over, and what it had pinned goes on', () => {
    const admission = admit(pinned({ kind: 'newer-commit' }), candidate(), TWO);
    expect(admission).toMatchObject({ deliver: false, waits: 'approval' });
    expect(admission.control.pin).toBeUndefined();
  });
});

describe('the policy that agents get', () => {
  const { policy } = definition('web', { windows: [{ kind: 'deny', schedule: '* * * * *', durationSeconds: 60 }] });
  const by = { actor: 'ana', at: 1 };

  test('is that of Git while nobody has decided anything', () => {
    expect(effectivePolicy(policy, {})).toEqual(policy);
  });

  test('says suspended, unhealed, without windows and how to go', () => {
    const decided = effectivePolicy(policy, {
      ...{ suspended: by, glass: { ...by, until: 9 }, windows: { ...by, until: 9 } },
      deleted: { ...by, cascade: 'orphan' },
    });
    expect(decided).toMatchObject({ suspended: true, healOff: true, drift: 'warn', onDelete: 'orphan' });
    expect(decided).not.toHaveProperty('windows');
  });
});

describe('what was to last for a time', () => {
  const by = { actor: 'ana', at: 1 };
  const control: ControlState = {
    ...pinned({ kind: 'time', at: 30 }),
    ...{ glass: { ...by, until: 10 }, windows: { ...by, until: 20 }, suspended: by },
  };

  test('ends each at its own time, and nothing else does', () => {
    expect(nextEnd(control)).toBe(10);
    expect(endDecisions(control, 9).ended).toEqual([]);
    expect(endDecisions(control, 20).ended).toEqual(['glass', 'windows']);
    const { left, ended } = endDecisions(control, 30);
    expect([ended, left]).toEqual([['pin', 'glass', 'windows'], { suspended: by }]);
    expect(nextEnd(left)).toBeUndefined();
  });
});
