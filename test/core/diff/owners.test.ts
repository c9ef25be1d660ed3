import { describe, expect, it } from 'vitest';
import { leavesOf, ownership, resolveSteps, toSteps, withoutFields } from '../../../core/diff/field-set.ts';
import { ownersOf } from '../../../core/diff/owners.ts';
import { deployment, deploymentFields, owned, T1, T2 } from './objects.ts';

const live = deployment(3, { web: 'web:1', side: 'side:1' });
const fields = deploymentFields(['side']);
const SIDE_IMAGE = ['spec', 'template', 'spec', 'containers', 1, 'image'];

describe('field sets', () => {
  it('name list items by their keys, wherever they stand', () => {
    const steps = ['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"side"}', 'f:image'];
    expect(leavesOf(fields)).toContainEqual(steps);
    expect(resolveSteps(live, steps)).toEqual(SIDE_IMAGE);
    expect(toSteps([fields], live, SIDE_IMAGE)).toEqual(steps);
    expect(toSteps([], live, SIDE_IMAGE).at(-2)).toBe('i:1');
  });

  it.each([
    [SIDE_IMAGE, 'whole'],
    [['spec', 'template', 'spec', 'containers', 0, 'image'], 'none'],
    [['spec', 'replicas'], 'whole'],
    [['spec', 'template'], 'part'],
    [['metadata', 'labels'], 'none'],
  ])('own %j: %s', (path, expected) => expect(ownership(fields, live, path)).toBe(expected));

  it('own all of what is owned as a whole, and sets by their values', () => {
    const object = { rules: [{ a: { b: 1 } }], finalizers: ['x', 'y'] };
    expect(ownership({ 'f:rules': {} }, object, ['rules', 0, 'a', 'b'])).toBe('whole');
    expect(ownership({ 'f:finalizers': { 'v:"y"': {} } }, object, ['finalizers', 1])).toBe('whole');
    expect(ownership({ 'f:finalizers': { 'v:"y"': {} } }, object, ['finalizers', 0])).toBe('none');
    expect(ownership({}, object, ['rules'])).toBe('none');
  });

  it('lose fields with the places that only held them', () => {
    const set = { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } };
    const object = { data: { a: '1' }, metadata: { labels: { x: '1' } } };
    expect(
      withoutFields(set, object, [
        ['data', 'a'],
        ['metadata', 'labels', 'x'],
      ]),
    ).toEqual({
      'f:metadata': { 'f:labels': { '.': {} } },
    });
  });
});

describe('owners of fields', () => {
  const object = owned(live, [
    { manager: 'plumbline', fields: deploymentFields(['web', 'side']), time: T2 },
    { manager: 'kubectl-edit', operation: 'Update', fields, time: T1 },
    { manager: 'hpa', operation: 'Update', subresource: 'scale', fields: { 'f:spec': { 'f:replicas': {} } }, time: T2 },
    { manager: 'kubelet', operation: 'Update', subresource: 'status', fields: { 'f:spec': { 'f:replicas': {} } }, time: T2 },
  ]);

  it('are told with operation and time, the newest first, an autoscaler’s subresource too; those of the status are not', () =>
    expect(ownersOf(object, ['/spec/replicas', '/spec/template/spec/containers/1/image'], 'plumbline')).toEqual([
      { field: '/spec/replicas', manager: 'hpa', operation: 'Update scale', time: T2 },
      { field: '/spec/template/spec/containers/1/image', manager: 'kubectl-edit', operation: 'Update', time: T1 },
    ]));

  it('of a field that is gone, or that is only ours, are not named', () =>
    expect(ownersOf(object, ['/spec/gone', '/spec/template/spec/containers/0/image', 'bad'], 'plumbline')).toEqual([]));

  it('are none of an object that says nothing', () => expect(ownersOf({}, ['/a'], 'plumbline')).toEqual([]));
});
