import { expect, it } from 'vitest';
import { signInPath, toReturnPath } from '../../../ui/shell/return-path.ts';

it.each([
  '//example.org',
  '/\\example.org',
  '\\\\example.org',
  'https://example.org',
  'javascript:alert(1)',
  '/a\nb',
  '/a\\b',
  '',
  'clusters',
  '/sign-in?return=/sign-in',
  null,
  undefined,
])('S28: signing in never leads to %j', (target) => expect(toReturnPath(target)).toBe('/'));

it('signing in leads back to where one was, with its filter', () => {
  expect(toReturnPath('/?q=shop&health=Degraded')).toBe('/?q=shop&health=Degraded');
  expect(signInPath({ pathname: '/apps/eu-1/shop', search: '?x=1' })).toBe('/sign-in?return=%2Fapps%2Feu-1%2Fshop%3Fx%3D1');
  expect(signInPath({ pathname: '/', search: '' })).toBe('/sign-in');
});
