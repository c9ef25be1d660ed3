import { expect, it } from 'vitest';
import { chooseTests } from '../../../src/render/chosen-tests.ts';

const object = (name: string, hook?: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(hook === undefined ? {} : { annotations: { 'helm.sh/hook': hook } }) },
});
const OBJECTS = [
  object('web'),
  object('a', 'test'),
  object('b', 'test-success'),
  object('c', 'test'),
  object('d', 'post-install,test'),
];
const chosen = (tests: Parameters<typeof chooseTests>[1]) =>
  chooseTests(OBJECTS, tests).map(({ metadata }) => (metadata as { name: string }).name);

it.each([
  ['all without filters', undefined, ['web', 'a', 'b', 'c', 'd']],
  ['those that are included', { include: ['b'], exclude: [] }, ['web', 'b', 'd']],
  ['all but those that are excluded', { include: [], exclude: ['b'] }, ['web', 'a', 'c', 'd']],
  ['of those that are included the ones that are not excluded', { include: ['a', 'b'], exclude: ['b'] }, ['web', 'a', 'd']],
] as const)('tests of a release are %s', (_name, tests, names) => {
  expect(chosen(tests)).toEqual(names);
});
