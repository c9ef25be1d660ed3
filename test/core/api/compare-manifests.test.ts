import { expect, test } from 'vitest';
import { compareManifests } from '../../../core/api/compare-manifests.ts';

test('what would change is told by object, with what is new and what goes', () => {
  const of = (key: string, yaml: string) => ({ key, yaml });
  const changes = compareManifests([of('a', '1'), of('b', '1'), of('c', '1')], [of('d', '1'), of('b', '2'), of('a', '1')]);
  expect(changes).toEqual([
    { key: 'd', to: '1' },
    { key: 'b', from: '1', to: '2' },
    { key: 'c', from: '1' },
  ]);
});
