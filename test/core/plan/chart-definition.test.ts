import { expect, it } from 'vitest';
import type { AppPolicy, ReleasePolicy } from '../../../core/app/policy.ts';
import { readObjectPolicy } from '../../../core/plan/read-object-policy.ts';
import { CHART_DEFINITION } from '../../../core/render/chart-definition.ts';
import { definition } from '../../src/durable/cluster-fixture.ts';

type Crds = NonNullable<ReleasePolicy['install']['crds']>;
const action = { disableHooks: false, disableWait: false, timeoutSeconds: 300, retries: 0 };

function policyOf(crds: { readonly install?: Crds; readonly upgrade?: Crds }, isMarked = true) {
  const release: ReleasePolicy = {
    name: 'web',
    namespace: 'shop',
    install: { ...action, ...(crds.install === undefined ? {} : { crds: crds.install }) },
    upgrade: { ...action, ...(crds.upgrade === undefined ? {} : { crds: crds.upgrade }), remediation: 'rollback' },
    rollback: action,
    uninstall: { disableHooks: false, disableWait: false, timeoutSeconds: 300 },
    driftDetection: 'disabled',
  };
  const policy: AppPolicy = { ...definition('web').policy, dialect: 'flux', release };
  const annotations = isMarked ? { [CHART_DEFINITION]: 'true' } : { own: 'x' };
  const metadata = { name: 'widgets.example.com', annotations };
  return readObjectPolicy({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata }, policy).policy;
}

it.each([
  ['the defaults of helm-controller', {}, 'create'],
  ['upgrades that create', { upgrade: 'Create' }, 'create'],
  ['upgrades that replace', { upgrade: 'CreateReplace' }, 'apply'],
  ['neither', { install: 'Skip', upgrade: 'Skip' }, 'ignore'],
] as const)('a definition of crds/ with %s is never deleted, and written as the policy says', (_name, crds, write) => {
  expect(policyOf(crds)).toMatchObject({ write, prune: 'no', delete: 'no' });
});

it('a definition of a template is an object like others', () => {
  expect(policyOf({}, false)).toMatchObject({ write: 'apply', prune: 'yes', delete: 'yes' });
});
