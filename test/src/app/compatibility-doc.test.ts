import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { APPLICATION_SHAPE, SOURCE_SHAPE } from '../../../src/app/application-shape.ts';
import { GIT_REPOSITORY_SHAPE, HELM_RELEASE_SHAPE, KUSTOMIZATION_SHAPE } from '../../../src/app/flux-shapes.ts';
import { APPLICATION_KEYS, FLUX_KEYS } from '../../../src/app/known-annotations.ts';
import { PROJECT_SHAPE } from '../../../src/app/project-shape.ts';
import type { Field, Shape } from '../../../src/app/shape.ts';
import { SYNC_OPTION_EFFECTS } from '../../../src/app/sync-options.ts';

const document = await readFile(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');

/** The text between a heading and the next one. */
function sectionOf(heading: string): string {
  const start = document.indexOf(`\n${heading}\n`);
  const end = document.slice(start + 1).search(/\n##+ /);
  return document.slice(start, end === -1 ? undefined : start + 1 + end);
}

/** The first two columns of the tables between two headings. */
function rowsOf(heading: string): string[] {
  return [...sectionOf(heading).matchAll(/^\| `([^`]+)` \| (\w+) \|/gm)].map(([, path, state]) => `${path} ${state}`);
}

/** `path state` of every field of a shape; what stands at the top of every object is left out. */
function fieldsOf(shape: Shape, path = ''): string[] {
  const fields = Object.entries(shape).filter(
    ([name]) => path !== '' || !['apiVersion', 'kind', 'metadata', 'status'].includes(name),
  );
  return fields.flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (at === 'spec.source') return fieldsOf(SOURCE_SHAPE, at);
    if (field.use === 'object') return fieldsOf(field.shape, at);
    return field.use === 'list' ? fieldsOf(field.shape, `${at}[]`) : [`${at} ${stateOf(field)}`];
  });
}

function stateOf(field: Field): string {
  if (field.use === 'refused') return 'refused';
  return field.use === 'ignored' ? 'warning' : 'supported';
}

test.each([
  ['## Argo CD Application', APPLICATION_SHAPE],
  ['## Argo CD AppProject', PROJECT_SHAPE],
  ['## Flux GitRepository', GIT_REPOSITORY_SHAPE],
  ['## Flux Kustomization', KUSTOMIZATION_SHAPE],
  ['## Flux HelmRelease', HELM_RELEASE_SHAPE],
])('docs/compatibility.md says of every field what becomes of it: %s', (heading, shape) => {
  expect(rowsOf(heading).sort()).toEqual(fieldsOf(shape).sort());
});

test('docs/compatibility.md says of every sync option what becomes of it', () => {
  const options = Object.entries(SYNC_OPTION_EFFECTS).map(
    ([option, effect]) => `${option} ${effect.kind === 'ignored' ? 'warning' : 'supported'}`,
  );
  expect(rowsOf('### Sync options').sort()).toEqual(options.sort());
});

test.each([
  ['### Annotations on an Application', APPLICATION_KEYS],
  ['### Annotations and labels on Flux objects', FLUX_KEYS],
])('docs/compatibility.md says of every annotation what becomes of it: %s', (heading, keys) => {
  const rows = Object.entries(keys).map(([key, use]) => `${key} ${use === 'used' ? 'supported' : 'warning'}`);
  expect(rowsOf(heading).sort()).toEqual(rows.sort());
});

test('every row of docs/compatibility.md names a test that exists', async () => {
  const rows = document.split('\n').filter((line) => /^\| .* \| (?:supported|warning|refused) \|/.test(line));
  const faults: string[] = [];
  for (const row of rows) {
    const [file, ...name] = (row.split(' | ').at(-1) ?? '').replace(/ \|$/, '').split(' › ');
    const url = new URL(`../../../test/${file}.test.ts`, import.meta.url);
    const text = existsSync(url) ? await readFile(url, 'utf8') : '';
    if (name.length === 0 || !text.replaceAll("\\'", "'").includes(name.join(' › '))) faults.push(row);
  }
  expect(rows.length).toBeGreaterThan(300);
  expect(faults).toEqual([]);
});
