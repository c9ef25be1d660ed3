import { expect, it } from 'vitest';
import { definitionWrite } from '../../../core/release/chart-definitions.ts';
import { compareHelmHooks, compareHelmInstall, HELM_INSTALL_ORDER } from '../../../core/release/helm-order.ts';
import { releaseOf } from './releases.ts';

const kinds = (names: readonly string[]) => names.map((kind) => ({ kind }));

it('kinds stand in Helm’s order, unknown ones last by name', () => {
  const mixed = kinds([
    'Widget',
    'Deployment',
    'Gadget',
    'Service',
    'Namespace',
    'ValidatingWebhookConfiguration',
    'PriorityClass',
  ]);
  expect(mixed.toSorted(compareHelmInstall).map(({ kind }) => kind)).toEqual([
    'PriorityClass',
    'Namespace',
    'Service',
    'Deployment',
    'ValidatingWebhookConfiguration',
    'Gadget',
    'Widget',
  ]);
});

it('the order holds each kind once', () => {
  expect(new Set(HELM_INSTALL_ORDER).size).toBe(HELM_INSTALL_ORDER.length);
});

it('hooks run by weight, then by name, then by kind', () => {
  const hook = (weight: number, kind: string, name: string) => ({ weight, ref: { group: '', kind, namespace: 'shop', name } });
  const hooks = [
    hook(0, 'Job', 'b'),
    hook(0, 'Job', 'a'),
    hook(0, 'ServiceAccount', 'a'),
    hook(-5, 'Job', 'z'),
    hook(10, 'Secret', 'a'),
  ];
  expect(hooks.toSorted(compareHelmHooks).map(({ weight, ref }) => `${weight} ${ref.kind} ${ref.name}`)).toEqual([
    '-5 Job z',
    '0 ServiceAccount a',
    '0 Job a',
    '0 Job b',
    '10 Secret a',
  ]);
});

it('definitions of crds/ are written as the action says: by default made when missing by an installation, and never by a rollback', () => {
  const of = (crds?: 'Skip' | 'Create' | 'CreateReplace') => {
    const changes = crds === undefined ? {} : { crds };
    const policy = releaseOf({ install: changes, upgrade: changes });
    return (['install', 'upgrade', 'rollback'] as const).map((action) => definitionWrite(policy, action));
  };
  expect(of()).toEqual(['create', 'skip', 'skip']);
  expect(of('Skip')).toEqual(['skip', 'skip', 'skip']);
  expect(of('Create')).toEqual(['create', 'create', 'skip']);
  expect(of('CreateReplace')).toEqual(['apply', 'apply', 'skip']);
});
