import { describe, expect, it } from 'vitest';
import type { AppPolicy, Dependency } from '../../../core/app/policy.ts';
import { checkDependencies, type DependencyAnswer, judgeReadyExpr } from '../../../core/dependency/check-dependencies.ts';
import { findCycles } from '../../../core/dependency/find-cycles.ts';
import type { AppFacts } from '../../../core/dependency/readiness.ts';
import { appsOf, BEHIND, factsOf } from './facts.ts';

function ask(dependsOn: readonly Dependency[], others: readonly AppFacts[], waitsFor: readonly string[] = []): DependencyAnswer {
  const self = factsOf('web', BEHIND, { dependsOn });
  const apps = appsOf(self, ...others);
  const cycles = findCycles(new Map([...apps].map(([id, app]) => [id, app.policy.dependsOn ?? []])));
  return checkDependencies({ self, apps, cycles, waitsFor });
}
const told = (answer: DependencyAnswer) =>
  answer.ready === false ? [answer.problem.code, answer.problem.message] : answer.ready;
const infra = (changes: Partial<AppFacts> = {}, policy: Partial<AppPolicy> = {}) => factsOf('infra', changes, policy);

describe('an App may be synced', () => {
  it('when it depends on nothing', () => expect(ask([], [])).toEqual({ ready: true }));

  it('when all that it depends on are ready, of whatever kind', () => {
    const chart = factsOf('chart', {}, { release: { upgrade: { disableWait: false } } as NonNullable<AppPolicy['release']> });
    expect(ask([{ app: 'infra' }, { app: 'chart' }], [infra(), chart])).toEqual({ ready: true });
  });

  it('not before the first that is not ready, which is named', () =>
    expect(told(ask([{ app: 'infra' }, { app: 'other' }], [infra(BEHIND), factsOf('other', BEHIND)]))).toEqual([
      'apply.dependency',
      'waits for infra: it is not synced yet',
    ]));

  it('not when one of them is missing or being removed', () => {
    expect(told(ask([{ app: 'gone' }], [infra()]))).toEqual([
      'apply.dependency_missing',
      'it depends on gone, and there is no such App in this cluster',
    ]);
    expect(told(ask([{ app: 'infra' }], [infra({ state: 'removed' })]))).toEqual([
      'apply.dependency',
      'waits for infra: it is being removed',
    ]);
  });

  it('not in a cycle, which is named; an App that waits for one waits', () => {
    const looped = infra({}, { dependsOn: [{ app: 'web' }] });
    expect(told(ask([{ app: 'infra' }], [looped]))).toEqual([
      'apply.dependency_cycle',
      'Apps depend on each other: web → infra → web',
    ]);
    const own = [factsOf('a', BEHIND, { dependsOn: [{ app: 'b' }] }), factsOf('b', BEHIND, { dependsOn: [{ app: 'a' }] })];
    expect(told(ask([{ app: 'a' }], own))).toEqual(['apply.dependency', 'waits for a: it is not synced yet']);
  });

  it('not before what the Worker says of other clusters', () => {
    const far: Dependency = { app: 'db', cluster: 'eu-1' };
    expect(ask([far], [])).toEqual({ ready: true });
    expect(told(ask([far], [], ['eu-1/db']))).toEqual(['apply.dependency', 'waits for eu-1/db']);
  });

  it('not when a suspended App of the same source was left behind', () => {
    expect(told(ask([{ app: 'infra' }], [infra(BEHIND, { suspended: true })]))).toEqual([
      'apply.dependency',
      'waits for infra: it is suspended at an older revision of the same source',
    ]);
    const elsewhere = { ...BEHIND, wanted: { bundle: 'sha256:new', revision: 'd9', generation: 7 } };
    expect(ask([{ app: 'infra' }], [infra(elsewhere, { suspended: true })])).toEqual({ ready: true });
  });
});

describe('a readyExpr', () => {
  const readyExpr = "dep.metadata.labels['app/version'] == self.metadata.labels['app/version']";

  it('takes the place of the built-in rule, and is asked with both objects as Flux keeps them', () => {
    const definition = { labels: { 'app/version': 'v2' }, spec: { values: { app: { version: 'v2' } } } };
    const answer = ask(
      [{ app: 'infra', readyExpr }],
      [infra({ ...BEHIND, sync: { bundle: 'sha256:new', outcome: 'failed' } }, { definition })],
    );
    if (answer.ready !== 'ask') throw new Error('not asked');
    const [question] = answer.questions;
    expect(question?.expression).toBe(readyExpr);
    expect(question?.variables.dep).toEqual({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'infra', namespace: 'flux-system', generation: 7, labels: { 'app/version': 'v2' }, annotations: {} },
      spec: { values: { app: { version: 'v2' } } },
      status: {
        observedGeneration: 7,
        conditions: [{ type: 'Ready', status: 'False', reason: 'ReconciliationFailed', message: 'its sync failed' }],
        lastAppliedRevision: 'c1',
        lastAttemptedRevision: 'c2',
      },
    });
    expect(question?.variables.self).toMatchObject({ metadata: { name: 'web' }, status: { observedGeneration: 3 } });
  });

  it('sees -1 as the generation of what was never synced, and a HelmRelease as one', () => {
    const {
      applied: _,
      sync: __,
      ...fresh
    } = infra({}, { release: { upgrade: { disableWait: false } } as NonNullable<AppPolicy['release']> });
    const answer = ask([{ app: 'infra', readyExpr }], [fresh]);
    expect(answer.ready === 'ask' && answer.questions[0]?.variables.dep).toMatchObject({
      kind: 'HelmRelease',
      status: { observedGeneration: -1 },
    });
  });

  it('is asked only when everything else is ready', () => {
    expect(told(ask([{ app: 'infra', readyExpr }, { app: 'other' }], [infra(), factsOf('other', BEHIND)]))).toEqual([
      'apply.dependency',
      'waits for other: it is not synced yet',
    ]);
    expect(told(ask([{ app: 'gone', readyExpr }], []))).toContain('apply.dependency_missing');
  });

  it('lets the sync begin with true, and only with that', () => {
    const answer = ask([{ app: 'infra', readyExpr }], [infra()]);
    if (answer.ready !== 'ask') throw new Error('not asked');
    const [question] = answer.questions;
    if (question === undefined) throw new Error('no question');
    expect([true, false, 1, 'true', null, undefined].map((value) => judgeReadyExpr(question, value)?.code)).toEqual([
      undefined,
      'apply.dependency',
      ...Array(4).fill('script.failed'),
    ]);
  });
});
