import { describe, expect, it } from 'vitest';
import { createIgnoreRules, type RunJq } from '../../../../agent/apply/drift/ignore.ts';
import type { AppPolicy } from '../../../../core/app/policy.ts';
import { makeBundle } from '../../../../core/bundle/make-bundle.ts';
import type { JsonObject, Manifest } from '../../../../core/objects/object.ts';
import { type PreparedObject, prepareBundle } from '../../../../core/plan/prepare.ts';
import { problem } from '../../../../core/problem/problem.ts';
import { err, ok } from '../../../../core/result.ts';
import { policyOf } from '../../../cluster/fake-worker.ts';

const manifest: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', namespace: 'shop' },
  data: { a: 'git', b: 'git' },
};
const noJq: RunJq = () => Promise.reject(new Error('no jq was expected'));

function setUp(policy: Partial<AppPolicy>, jq: RunJq = noJq) {
  const whole = policyOf('shop', policy);
  const { bundle } = makeBundle([manifest], '0'.repeat(64));
  const options = {
    policy: whole,
    agent: { namespace: 'p', serviceAccount: 'p' },
    scopeOf: () => 'namespaced' as const,
    hash: (text: string) => text,
  };
  const object = prepareBundle(bundle, options).objects[0] as PreparedObject; // one manifest makes one
  const changed: string[] = [];
  const ignore = createIgnoreRules({ jq, changed: (app) => changed.push(app) });
  ignore.adopt('shop', [object], whole, undefined);
  const live = withData({ a: 'theirs', b: 'git' });
  const wanted = withData({ a: 'git', b: 'git' });
  return { ignore, object, changed, live, wanted };
}
const withData = (data: JsonObject): JsonObject => ({ ...manifest, data });

describe('ignore rules in the agent', () => {
  it('cost nothing without rules: the answer is there at once, and no live object is needed', () => {
    const { ignore, object, live, wanted } = setUp({});
    expect(ignore.differences(object, live, wanted)).toEqual({ fields: ['/data/a'], foreign: [] });
    expect(ignore.needsLive(object)).toBe(false);
    expect(ignore.relevant(object, live)).toBe(live);
  });

  it('leave named fields out of what is compared and of what is remembered', async () => {
    const { ignore, object, live, wanted } = setUp({ ignore: [{ kind: 'ConfigMap', pointers: ['/data/a'] }] });
    expect(await ignore.differences(object, live, wanted)).toEqual({ fields: [], foreign: [] });
    expect(ignore.needsLive(object)).toBe(true);
    expect(ignore.relevant(object, live)).toEqual(withData({ b: 'git' }));
  });

  it('keep live values in the body where asked to, with the metadata last', async () => {
    const rules = { ignore: [{ kind: 'ConfigMap', pointers: ['/data/a'] }], sync: { respectIgnoreDifferences: true } };
    const { ignore, object, live } = setUp(rules);
    const found = await ignore.differences(object, live, withData({ a: 'git', b: 'newer' }));
    expect(found.fields).toEqual(['/data/b']);
    expect(JSON.parse(found.body ?? '')).toMatchObject({ data: { a: 'theirs', b: 'git' } });
    expect(Object.keys(JSON.parse(found.body ?? '') as object).at(-1)).toBe('metadata');
  });

  it('ask jq for the paths in both objects', async () => {
    const asked: unknown[] = [];
    const jq: RunJq = (program, input) => {
      asked.push([program, input]);
      return Promise.resolve(ok([[[['data', 'a']], [['data', 'a']]]]));
    };
    const { ignore, object, live, wanted } = setUp({ ignore: [{ kind: 'ConfigMap', jq: ['.data.a # a comment'] }] }, jq);
    expect(await ignore.differences(object, live, wanted)).toEqual({ fields: [], foreign: [] });
    expect(asked).toHaveLength(1);
  });

  it('name what failed, and forget it when the App does', async () => {
    const jq: RunJq = () => Promise.resolve(err(problem('script.syntax', 'no such thing')));
    const { ignore, object, changed, live, wanted } = setUp({ ignore: [{ kind: 'ConfigMap', jq: ['.['] }] }, jq);
    expect((await ignore.differences(object, live, wanted)).fields).toEqual(['/data/a']);
    expect(ignore.problemsOf('shop')).toMatchObject([{ code: 'diff.ignore_invalid' }]);
    expect(changed).toEqual(['shop']);
    ignore.forget('shop');
    expect(ignore.problemsOf('shop')).toEqual([]);
  });

  it('do not complain of a rule about another shape of object while nothing differs', async () => {
    const jq: RunJq = () =>
      Promise.resolve(ok([[{ failed: 'Cannot iterate over null' }, { failed: 'Cannot iterate over null' }]]));
    const { ignore, object, live, wanted } = setUp({ ignore: [{ kind: 'ConfigMap', jq: ['.spec.list[]'] }] }, jq);
    await ignore.differences(object, wanted, wanted);
    expect(ignore.problemsOf('shop')).toEqual([]);
    await ignore.differences(object, live, wanted);
    expect(ignore.problemsOf('shop')).toMatchObject([{ code: 'diff.ignore_invalid', where: 'ConfigMap shop/web' }]);
    await ignore.differences(object, wanted, wanted);
    expect(ignore.problemsOf('shop')).toEqual([]);
  });

  it('keep what was noted of an object until it is noted otherwise', () => {
    const { ignore, object } = setUp({});
    ignore.note(object, problem('drift.mutated', 'x'));
    ignore.adopt('shop', [object], policyOf('shop'), undefined);
    expect(ignore.problemsOf('shop')).toMatchObject([{ code: 'drift.mutated' }]);
    ignore.note(object, undefined);
    expect(ignore.problemsOf('shop')).toEqual([]);
  });
});
