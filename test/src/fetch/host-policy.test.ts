import { expect, test } from 'vitest';
import { createHostPolicy, isPrivateHost } from '../../../src/fetch/host-policy.ts';

const refused = [
  'http://127.0.0.1/x',
  'http://127.1/x',
  'http://2130706433/x',
  'http://0x7f000001/x',
  'http://0177.0.0.1/x',
  'http://0/x',
  'http://10.1.2.3/x',
  'http://172.31.255.255/x',
  'http://192.168.0.1/x',
  'http://100.100.100.200/x',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::]/x',
  'http://[::1]/x',
  'http://[::ffff:127.0.0.1]/x',
  'http://[::ffff:a9fe:a9fe]/x',
  'http://[::127.0.0.1]/x',
  'http://[64:ff9b::7f00:1]/x',
  'http://[2002:7f00:1::]/x',
  'http://[2001:0:1::1]/x',
  'http://[fd00:ec2::254]/x',
  'http://[fe80::1]/x',
  'http://[fec0::1]/x',
  'http://[ff02::1]/x',
  'http://localhost/x',
  'http://LOCALHOST./x',
  'http://a.localhost/x',
  'http://metadata.google.internal/x',
  'http://git/x',
  'http://git.corp/x',
  'http://255.255.255.255/x',
  'ftp://github.com/x',
  'file:///etc/passwd',
];

test.each(refused)('S07: %s is refused', (url) => {
  expect(createHostPolicy()(new URL(url))).toBe(false);
});

test.each([
  'https://github.com/a/b',
  'https://8.8.8.8/x',
  'https://172.32.0.1/x',
  'https://[2606:4700::1111]/x',
  'http://git.example.com:8080/x',
])('S07: %s is a public host', (url) => {
  expect(createHostPolicy()(new URL(url))).toBe(true);
});

test('S07: a private host is asked when the operator names it, with or without its port', () => {
  const policy = createHostPolicy({ allow: ['127.0.0.1:3000', 'git.corp.internal', '*.lab.internal'] });
  expect(policy(new URL('http://127.0.0.1:3000/x'))).toBe(true);
  expect(policy(new URL('http://127.0.0.1:3001/x'))).toBe(false);
  expect(policy(new URL('https://git.corp.internal:8443/x'))).toBe(true);
  expect(policy(new URL('https://a.lab.internal/x'))).toBe(true);
  expect(policy(new URL('https://evil-lab.internal/x'))).toBe(false);
});

test('S07: a denied host is refused even when it is allowed, and an exclusive list excludes the rest', () => {
  expect(createHostPolicy({ allow: ['a.example'], deny: ['a.example'] })(new URL('https://a.example/'))).toBe(false);
  const only = createHostPolicy({ only: ['github.com', '127.0.0.1'] });
  expect(only(new URL('https://github.com/'))).toBe(true);
  expect(only(new URL('https://gitlab.com/'))).toBe(false);
  expect(only(new URL('http://127.0.0.1/'))).toBe(false);
});

test('S07: an empty host and a broken literal count as private', () => {
  expect(isPrivateHost('')).toBe(true);
  expect(isPrivateHost('[::1::2]')).toBe(true);
});
