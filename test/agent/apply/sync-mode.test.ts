import { describe, expect, test } from 'vitest';
import { modeOf } from '../../../agent/apply/sync/sync-mode.ts';
import type { AppRequest, SnapshotApp } from '../../../core/protocol/messages.ts';

const spec = { state: 'present', policy: { autoSync: false, suspended: false } } as SnapshotApp; // the mode asks for nothing else of it
const ask = (parts: Partial<AppRequest>): AppRequest => ({ id: '1', kind: 'sync', actor: 'ana', ...parts });
const [A, B] = ['/ConfigMap/shop/a', '/ConfigMap/shop/b'];

describe('a dry run', () => {
  test('is of the objects that it names, with the options that it names', () => {
    const mode = modeOf(spec, [ask({ dryRun: true, resources: [A], force: true, replace: true })], false);
    expect(mode).toMatchObject({ dryRun: true, force: true, replace: true, selection: new Set([A]) });
  });

  test('beside a real sync says nothing about it', () => {
    const mode = modeOf(spec, [ask({ dryRun: true, resources: [A], force: true }), ask({ id: '2', resources: [B] })], false);
    expect(mode).toMatchObject({ dryRun: false, force: false, selection: new Set([B]) });
  });

  test('of everything beside one of a part is of everything', () => {
    expect(
      modeOf(spec, [ask({ dryRun: true, resources: [A] }), ask({ id: '2', dryRun: true })], false).selection,
    ).toBeUndefined();
  });
});
