// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { expect, test } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import type { Variable } from '../../../core/resolve/expand-variables.ts';
import { findBadName, substituteManifest, toVariable } from '../../../core/resolve/substitute.ts';

const variables = (values: Record<string, string>): Map<string, Variable> =>
  new Map(Object.entries(values).map(([name, value]) => [name, toVariable(value, name === 'password')]));

const configMap = (data: Record<string, string>, metadata: object = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'shop', ...metadata },
  data,
});

const substitute = (manifest: Manifest, values: Record<string, string>) => substituteManifest(manifest, variables(values));

test('a value is filled in where it stands in the YAML, so a number becomes a number and a map a map', () => {
  const given: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: '${name}' },
    spec: { replicas: '${n}', quoted: '${n:=1}: x', selector: '${map}' },
  };
  const result = substitute(given, { name: 'web', n: '3', map: '{a: [b, 1]}' });
  expect(result.ok && result.value.manifest).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 3, quoted: '3: x', selector: { a: ['b', 1] } },
  });
});

test('an object without expressions is given back as it is', () => {
  const given = configMap({ a: 'costs 5$', b: 'plain' });
  const result = substitute(given, { x: '1' });
  expect(result.ok && result.value.manifest).toBe(given);
});

test.each([
  ['annotation', { annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } }],
  ['label', { labels: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } }],
])('an object with the %s substitute: disabled is left alone', (_name, metadata) => {
  const given = configMap({ a: '${x}' }, metadata);
  const result = substitute(given, { x: '1' });
  expect(result.ok && result.value.manifest).toBe(given);
});

test('line breaks of a value are dropped, so that it cannot begin a line of its own', () => {
  const result = substitute(configMap({ a: 'x${x}' }), { x: 'a\nkind: Secret\n' });
  expect(result.ok ? undefined : result.error.code).toBe('substitute.invalid');
});

test('S10 a value that breaks the YAML is a problem of the object that does not quote it', () => {
  const result = substitute(configMap({ a: '${password}' }), { password: 'hunter2: [canary' });
  expect(result).toMatchObject({ ok: false, error: { code: 'substitute.invalid', where: 'ConfigMap shop/a' } });
  expect(JSON.stringify(result)).not.toMatch(/hunter2|canary/);
});

test('S10 a key made of a value is not quoted either', () => {
  const result = substitute(configMap({ a: 'b' }, { labels: { '${password}': 'x', hunter2: 'y' } }), { password: 'hunter2' });
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

test('what is no Kubernetes object any more is a problem', () => {
  const result = substitute(configMap({}, { labels: { n: '${n}' } }), { n: '1' });
  expect(result.ok ? undefined : result.error.code).toBe('substitute.invalid');
});

test('S19 a value cannot bring in __proto__', () => {
  const result = substitute(configMap({ a: '${x}' }), { x: '{__proto__: {polluted: yes}}' });
  expect(result.ok ? undefined : result.error.code).toBe('substitute.invalid');
});

test.each(['tls.crt', '1a', 'a-b', ''])('%s is no name for a variable', (name) => {
  expect(findBadName(variables({ fine_1: 'x', [name]: 'y' }))).toBe(name);
});

test('pieces that come from Secrets are told', () => {
  const result = substitute(configMap({ a: 'u:${password}', b: '${x}' }), { password: 'hunter2', x: 'open' });
  expect(result.ok && result.value.secrets).toEqual(['hunter2']);
});

test('S20 what many small texts become together is limited', () => {
  const data = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, '${x}']));
  const result = substitute(configMap(data), { x: 'a'.repeat(100_000) });
  expect(result.ok ? undefined : result.error.code).toBe('substitute.invalid');
});

test.each([
  ['a number', '${n}', 1],
  ['a boolean', '${b}', true],
  ['nothing', '${none}', null],
  ['text in single quotes', '*.${n}', '*.1'],
  ['a script', '#!/bin/sh\n  echo $${n} ${n}\n', '#!/bin/sh\n  echo ${n} 1\n'],
  ['a script whose last line goes', 'a\n${none}\n', 'a\n'],
  ['a script that ends in blanks', 'a\n  ${none}\n', 'a\n  \n'],
  ['a script beside text that has to be read again', 'a\n  ${none}$${n}\n', 'a\n  ${n}\n', 'x: ${n}'],
  ['a list', '[${n}, ${b}]', '[1, yes]'],
  ['a list without quotes', '${list}', [1, 'a']],
])('%s', (_name, text, expected, other = 'a') => {
  const result = substitute(configMap({ text, other }), { n: '1', b: 'yes', list: '[1, a]' });
  expect(result.ok && result.value.manifest['data']).toMatchObject({ text: expected });
});

test('S12 a value of a Secret never becomes part of a name', () => {
  const named = (metadata: object) => substitute(configMap({}, metadata), { password: 'canary', x: 'open' });
  expect(named({ name: 'a-${password}' })).toMatchObject({ ok: false, error: { code: 'substitute.invalid' } });
  expect(named({ namespace: '${password:0:1}' })).toMatchObject({ ok: false, error: { code: 'substitute.invalid' } });
  expect(JSON.stringify(named({ name: '${password}' }))).not.toContain('canary');
  expect(named({ name: '${x}' })).toMatchObject({ ok: true, value: { manifest: { metadata: { name: 'open' } } } });
});

test.each([
  ['a key', { labels: { 'x-${password}': 'a' } }, 'canary'],
  ['a map', { annotations: { a: '${password}' } }, '{canary: b}'],
])('S10 a value of a Secret never becomes the name of a field: %s', (_name, metadata, password) => {
  const given: Manifest = { ...configMap({}, metadata), spec: { a: '${password}' } };
  expect(substitute(given, { password })).toMatchObject({ ok: false, error: { code: 'substitute.invalid' } });
  expect(JSON.stringify(substitute(given, { password }))).not.toContain('canary');
});

test('a map may come from anywhere else', () => {
  const result = substitute(configMap({ a: '${password}', b: '${x}' }), { x: '{a: b}', password: 'canary' });
  expect(result.ok && result.value.manifest['data']).toEqual({ a: 'canary', b: { a: 'b' } });
});
