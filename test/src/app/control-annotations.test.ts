import { describe, expect, test } from 'vitest';
import { application, codes, file, gitRepository, kustomization, parse, project } from './fleet-fixtures.ts';

const annotated = (annotations: Record<string, string>) => ({
  annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`plumbline.dev/${key}`, value])),
});
const rulesOf = (text: string) => {
  const { apps, problems } = parse(text);
  return problems.length > 0 ? codes(problems) : apps[0]?.control;
};
const own = (annotations: Record<string, string>) => rulesOf(application('web', {}, annotated(annotations)));

describe('annotations about going back and approvals', () => {
  test.each([
    ['nothing', {}, undefined],
    ['rollback on', { rollback: 'on' }, { rollback: { deadlineSeconds: 300, degradedSeconds: 120 } }],
    ['a deadline alone', { 'rollback-deadline': '90s' }, { rollback: { deadlineSeconds: 90, degradedSeconds: 120 } }],
    [
      'both times',
      { rollback: 'on', 'rollback-deadline': '1m', 'rollback-degraded': '10s' },
      { rollback: { deadlineSeconds: 60, degradedSeconds: 10 } },
    ],
    ['off beside a time', { rollback: 'off', 'rollback-deadline': '1m' }, undefined],
    ['two approvals', { approvals: '2' }, { approvals: { needed: 2, without: [] } }],
    [
      'approvals of a role',
      { approvals: '1', approvers: 'role:release' },
      { approvals: { needed: 1, without: [], role: 'role:release' } },
    ],
    [
      'approvals by people only',
      { approvals: '1', 'approvals-without': 'tokens, operator' },
      { approvals: { needed: 1, without: ['tokens', 'operator'] } },
    ],
    ['no approvals', { approvals: '0', approvers: 'role:release' }, undefined],
  ])('that say %s mean what they say', (_what, annotations, rules) => {
    expect(own(annotations)).toEqual(rules);
  });

  test.each([
    ['rollback', 'yes'],
    ['rollback-deadline', '0s'],
    ['rollback-degraded', '5'],
    ['approvals', 'two'],
    ['approvals', '-1'],
    ['approvers', 'release'],
    ['approvals-without', 'people'],
    ['approval', '2'],
  ])('that cannot be right (%s: %s) refuse the App, because they protect something', (key, value) => {
    expect(own({ [key]: value })).toEqual(['app.invalid fleet.yaml:1']);
  });

  test('mean the same on a Kustomization', () => {
    const flux = file(gitRepository('shop'), kustomization('web', {}, annotated({ approvals: '2', rollback: 'on' })));
    expect(rulesOf(flux)).toMatchObject({ approvals: { needed: 2 }, rollback: { deadlineSeconds: 300 } });
  });
});

describe('an AppProject', () => {
  const of = (ofProject: Record<string, string>, ofApp: Record<string, string> = {}) => {
    const team = { ...(JSON.parse(project('team')) as { metadata: object }) };
    const owner = JSON.stringify({ ...team, metadata: { ...team.metadata, ...annotated(ofProject) } });
    return rulesOf(file(owner, application('web', { project: 'team' }, annotated(ofApp))));
  };

  test('says it for all of its Applications', () => {
    expect(of({ approvals: '2', rollback: 'on' })).toMatchObject({
      approvals: { needed: 2 },
      rollback: { degradedSeconds: 120 },
    });
  });

  test.each([
    ['another number', { approvals: '1' }, { approvals: { needed: 1 }, rollback: { deadlineSeconds: 300 } }],
    ['another time', { 'rollback-deadline': '10s' }, { rollback: { deadlineSeconds: 10 } }],
  ])('gives way to an Application that says %s', (_what, annotations, rules) => {
    expect(of({ approvals: '2', rollback: 'on' }, annotations)).toMatchObject(rules);
  });

  test('gives way to an Application that switches both off', () => {
    expect(of({ approvals: '2', rollback: 'on' }, { approvals: '0', rollback: 'off' })).toBeUndefined();
  });

  test('with an annotation that nobody knows refuses its Applications', () => {
    expect(of({ aprovals: '2' })).toContain('app.project_unknown fleet.yaml:3');
  });
});
