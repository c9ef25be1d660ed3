import { expect, test } from 'vitest';
import { parseManifests } from '../../../core/objects/parse.ts';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

test('objects of several documents are returned with their lines', () => {
  const { documents, problems } = parseManifests(`${CONFIG_MAP}---\n${CONFIG_MAP.replace('name: a', 'name: b')}`, {
    file: 'x.yaml',
  });
  expect(problems).toEqual([]);
  expect(documents.map(({ manifest, file, line }) => [manifest.metadata.name, file, line])).toEqual([
    ['a', 'x.yaml', 1],
    ['b', 'x.yaml', 6],
  ]);
});

test('lists are taken apart', () => {
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'v', namespace: 'n' } },
      { kind: 'Broken' },
    ],
  });
  const { documents, problems } = parseManifests(list, { file: 'x.json' });
  expect(documents.map(({ manifest }) => manifest.kind)).toEqual(['Secret', 'Service']);
  expect(problems.map((p) => `${p.code} ${p.where}`)).toEqual(['manifest.invalid x.json:1']);
});

test('a kind that only ends in List is an object of its own', () => {
  const { documents } = parseManifests('apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\n', { file: 'x.yaml' });
  expect(documents.map(({ manifest }) => manifest.kind)).toEqual(['AllowList']);
});

test.each([
  ['no apiVersion', 'kind: A\nmetadata: {name: a}'],
  ['no kind', 'apiVersion: v1\nmetadata: {name: a}'],
  ['no metadata', 'apiVersion: v1\nkind: A'],
  ['no name', 'apiVersion: v1\nkind: A\nmetadata: {}'],
  ['a number for a name', 'apiVersion: v1\nkind: A\nmetadata: {name: 1}'],
  ['a slash in the name', 'apiVersion: v1\nkind: A\nmetadata: {name: ../a}'],
  ['a list for labels', 'apiVersion: v1\nkind: A\nmetadata: {name: a, labels: []}'],
  ['a boolean annotation', 'apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: {x: true}}'],
  ['a scalar', 'hello'],
  ['a list', '- a'],
])('%s is no object, and says so', (_name, text) => {
  const { documents, problems } = parseManifests(`${text}\n---\n${CONFIG_MAP}`, { file: 'x.yaml' });
  expect(problems.map((p) => p.code)).toEqual(['manifest.invalid']);
  expect(documents).toHaveLength(1);
});

test('empty namespace, labels and annotations mean none', () => {
  const { documents } = parseManifests(
    'apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  namespace:\n  labels:\n  annotations:\n',
    {
      file: 'x.yaml',
    },
  );
  expect(documents[0]?.manifest.metadata).toEqual({ name: 'a' });
});
