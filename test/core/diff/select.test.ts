import { describe, expect, it } from 'vitest';
import type { Dialect, ObjectSelector } from '../../../core/app/policy.ts';
import { matchesLabels, parseLabelSelector } from '../../../core/diff/label-selector.ts';
import { compileSelector } from '../../../core/diff/select.ts';

describe('label selectors', () => {
  const labels = { tier: 'web', level: '7', empty: '' };
  it.each([
    ['', true],
    ['tier=web', true],
    ['tier==web', true],
    ['tier = api', false],
    ['tier!=api', true],
    ['missing!=api', true],
    ['tier in (api, web)', true],
    ['tier notin (api,web)', false],
    ['missing notin (a)', true],
    ['tier', true],
    ['!tier', false],
    ['! missing', true],
    ['level>5,level<8', true],
    ['tier>5', false],
    ['empty=', true],
    ['tier in (web),!legacy,level=7', true],
  ])('%j selects: %s', (text, expected) => {
    const requirements = parseLabelSelector(text);
    expect(requirements === undefined ? undefined : matchesLabels(requirements, labels)).toBe(expected);
  });

  it.each(['=a', 'a in b', 'a in (b', 'a b', 'a>x', 'a,,b', 'a=b c'])('%j is none', (text) =>
    expect(parseLabelSelector(text)).toBeUndefined(),
  );
});

describe('selectors', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: { tier: 'front' }, annotations: { note: 'x' } },
  };
  const selects = (selector: ObjectSelector, dialect: Dialect) => {
    const selection = compileSelector(selector, dialect);
    return typeof selection === 'string' ? selection : selection.matches(object);
  };

  it.each<[ObjectSelector, Dialect, boolean | string]>([
    [{}, 'argo', true],
    [{ group: 'apps', kind: 'Deployment' }, 'argo', true],
    [{ group: '', kind: 'Deployment' }, 'argo', false],
    [{ group: '', kind: 'Deployment' }, 'flux', true],
    [{ group: '*', kind: '*' }, 'argo', true],
    [{ kind: 'Deploy.*' }, 'flux', true],
    [{ kind: 'Deploy.*' }, 'argo', false],
    [{ name: 'we' }, 'flux', false],
    [{ version: 'v1' }, 'flux', true],
    [{ version: 'v1beta1' }, 'flux', false],
    [{ namespace: 'other' }, 'argo', false],
    [{ labelSelector: 'tier in (front)' }, 'flux', true],
    [{ annotationSelector: '!note' }, 'flux', false],
    [{ labelSelector: 'a in b' }, 'flux', 'labelSelector'],
    [{ kind: '(' }, 'flux', 'kind'],
  ])('%j in %s: %s', (selector, dialect, expected) => expect(selects(selector, dialect)).toBe(expected));

  it('can be told not to match by the reference alone, but never by labels', () => {
    const selection = compileSelector({ kind: 'Deployment', labelSelector: 'tier=back' }, 'flux');
    if (typeof selection === 'string') throw new Error(selection);
    const ref = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
    expect(selection.mayMatch(ref, 'apps/v1')).toBe(true);
    expect(selection.mayMatch({ ...ref, kind: 'Job' }, 'batch/v1')).toBe(false);
    expect(selection.matches(object)).toBe(false);
  });
});
