import { expect, test } from 'vitest';
import { findDeployment } from '../../../core/control/find-deployment.ts';

const DEPLOYMENTS = [
  { n: 0, entry: 'e0e0e0e0ff', revision: 'aaaaaaa1', bundle: 'd' },
  { n: 1, entry: 'e1e1e1e1ff', revision: 'bbbbbbb1', bundle: 'c' },
  { n: 2, entry: 'e2e2e2e2ff', revision: 'aaaaaaa1', bundle: 'b' },
  { n: 3, entry: 'bbbbbbb900', revision: 'aaaaaaa2', bundle: 'a' },
  { n: 4, entry: 'e4e4e4e4ff', revision: '12345678', bundle: '9' },
];
const find = (to: string) => {
  const found = findDeployment(DEPLOYMENTS, to);
  return found.ok ? found.value.n : found.error.code;
};

test.each([
  ['0', 0],
  ['3', 3],
  [' 1 ', 1],
  ['12345678', 4],
  ['bbbbbbb1', 1],
  ['AAAAAAA1', 0],
  ['e2e2e2e2', 2],
  ['bbbbbbb9', 3],
  ['5', 'api.not_found'],
  ['ccccccc', 'api.not_found'],
  ['aaaaaaa', 'api.conflict'],
  ['abc', 'api.invalid'],
  ['main', 'api.invalid'],
  ['', 'api.invalid'],
  ['-1', 'api.invalid'],
  ['1 or 1=1', 'api.invalid'],
])('%j means %s', (to, expected) => {
  expect(find(to)).toBe(expected);
});

test('of an App that was deployed once there is nothing to go back to', () => {
  const answer = findDeployment(DEPLOYMENTS.slice(0, 1), '1');
  expect(answer.ok ? undefined : answer.error.code).toBe('api.not_found');
});
