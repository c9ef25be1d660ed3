import { describe, expect, it } from 'vitest';
import { compileIgnoreRules, namedPaths } from '../../../core/diff/ignore-rules.ts';
import { keepLive } from '../../../core/diff/keep-live.ts';
import type { FieldPath } from '../../../core/diff/pointer.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { deployment, deploymentFields, owned } from './objects.ts';

interface Case {
  readonly target: JsonObject;
  readonly live: JsonObject;
  readonly paths: readonly FieldPath[];
  readonly targetPaths?: readonly FieldPath[];
  readonly keep?: 'live' | 'unowned';
}
const kept = ({ target, live, paths, targetPaths = paths, keep = 'live' }: Case) =>
  keepLive({ target, live, ignored: { live: paths, target: targetPaths }, keep, self: 'plumbline' });

const REPLICAS: FieldPath = ['spec', 'replicas'];

describe('keeping live values', () => {
  it('takes the autoscaler’s replicas instead of Git’s', () =>
    expect(kept({ target: deployment(1), live: owned(deployment(5), []), paths: [REPLICAS] })).toEqual(deployment(5)));

  it('leaves out what Git does not name and is not ours', () =>
    expect(kept({ target: deployment(undefined), live: owned(deployment(5), []), paths: [REPLICAS], targetPaths: [] })).toEqual(
      deployment(undefined),
    ));

  it('keeps what was ours once, so that it does not go', () => {
    const live = owned(deployment(5), [{ manager: 'plumbline', fields: deploymentFields(['web']) }]);
    expect(kept({ target: deployment(undefined), live, paths: [REPLICAS], targetPaths: [] })).toEqual(deployment(5));
  });

  it('takes away what live does not have', () =>
    expect(kept({ target: deployment(1), live: owned(deployment(undefined), []), paths: [], targetPaths: [REPLICAS] })).toEqual(
      deployment(undefined),
    ));

  it('leaves to another applier what it applies, where asked to, and takes the value of everybody else', () => {
    const scaler = { manager: 'scaler', fields: { 'f:spec': { 'f:replicas': {} } } };
    const applied = { target: deployment(1), live: owned(deployment(5), [scaler]), paths: [REPLICAS], keep: 'unowned' as const };
    expect(kept(applied)).toEqual(deployment(undefined));
    const updated = { ...applied, live: owned(deployment(5), [{ ...scaler, operation: 'Update' as const }]) };
    expect(kept(updated)).toEqual(deployment(5));
  });

  it('finds list items by their keys, wherever they stand', () => {
    const live = owned(deployment(1, { side: 'side:1', web: 'web:live' }), [
      { manager: 'somebody', operation: 'Update', fields: deploymentFields(['side', 'web']) },
    ]);
    const result = kept({
      target: deployment(1, { web: 'web:git' }),
      live,
      paths: [['spec', 'template', 'spec', 'containers', 1, 'image']],
      targetPaths: [['spec', 'template', 'spec', 'containers', 0, 'image']],
    });
    expect(result).toEqual({
      ...deployment(1),
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'web', image: 'web:live' }] } } },
    });
  });

  it('never takes the status', () =>
    expect(kept({ target: { a: 1 }, live: { status: { x: 1 } }, paths: [['status']], targetPaths: [] })).toEqual({ a: 1 }));

  it('changes only what a pointer of a rule names', () => {
    const { rules } = compileIgnoreRules({ dialect: 'flux', ignore: [{ pointers: ['/metadata/annotations/note'] }] }, undefined);
    const target = { metadata: { name: 'a', annotations: { note: 'git', other: 'git' } } };
    const live = { metadata: { name: 'a', annotations: { note: 'live', other: 'live' } } };
    const { live: inLive, wanted } = namedPaths(rules, live, target);
    expect(kept({ target, live, paths: inLive, targetPaths: wanted })).toEqual({
      metadata: { name: 'a', annotations: { note: 'live', other: 'git' } },
    });
  });
});
