import { expect, it } from 'vitest';
import { definitionLabels } from '../../../src/app/definition-labels.ts';

const manifest = (labels?: Readonly<Record<string, string>>) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', ...(labels === undefined ? {} : { labels }) },
});

it('keeps the labels of a definition in one order, so that a list of Apps can be grouped by them', () => {
  expect(definitionLabels(manifest({ team: 'shop', env: 'prod' }))).toEqual({ labels: { env: 'prod', team: 'shop' } });
  expect(Object.keys(definitionLabels(manifest({ team: 'shop', env: 'prod' })).labels ?? {})).toEqual(['env', 'team']);
});

it('says nothing of a definition without labels', () => expect(definitionLabels(manifest())).toEqual({}));

it('S18: keeps few and short ones, as they travel in lists of thousands of Apps', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`l${String(i).padStart(2, '0')}`, 'x']));
  expect(Object.keys(definitionLabels(manifest(many)).labels ?? {})).toHaveLength(20);
  expect(definitionLabels(manifest({ long: 'x'.repeat(64) }))).toEqual({});
});
