import { describe, expect, it } from 'vitest';
import { createLineRedactor, MAX_LINE, REDACTED, redactText } from '../../../core/question/redact-text.ts';

const SECRET = 'Zm9vYmFyYmF6cXV4';

describe('what looks like a secret is taken out of text (S10)', () => {
  const cases: readonly (readonly [name: string, text: string, kept: string])[] = [
    ['a bearer token', `GET / Authorization: Bearer ${SECRET}`, 'GET / Authorization'],
    ['a basic login', `authorization: Basic ${SECRET}`, 'authorization'],
    ['the word bearer alone', `sent bearer ${SECRET} along`, 'along'],
    ['a password', `password=${SECRET} user=ana`, 'user=ana'],
    ['a password in JSON', `{"password":"${SECRET} with blanks","user":"ana"}`, '"user":"ana"'],
    ['a password in JSON in JSON', `"{\\"password\\":\\"${SECRET}\\"}"`, 'password'],
    ['a variable of the environment', `AWS_SECRET_ACCESS_KEY=${SECRET}`, 'AWS_SECRET_ACCESS_KEY='],
    ['an API key in YAML', `apiKey: ${SECRET}`, 'apiKey'],
    ['a client secret', `client_secret='${SECRET}'`, 'client_secret'],
    ['a URL with a login', `postgres://app:${SECRET}@db/app`, '@db/app'],
    ['a JSON Web Token', `token eyJhbGciOiJIUzI1NiJ9.${SECRET}.c2lnbmF0dXJl end`, 'end'],
    ['an AWS access key', 'key AKIAIOSFODNN7EXAMPLE used', 'used'],
    ['a token of GitHub', `using ghp_${SECRET}${SECRET} now`, 'now'],
    ['a token of ours', `made plumb_${SECRET}${SECRET} for ci`, 'for ci'],
    ['a deploy token of GitLab', `gldt-${SECRET}12345 used`, 'used'],
    ['a cookie', `Cookie: session=${SECRET}`, 'Cookie'],
    ['a cookie that is set', `set-cookie: __Host-plumbline=${SECRET}; Path=/`, 'set-cookie'],
    ['a token of Slack', `xoxb-1234567890-${SECRET} posted`, 'posted'],
  ];
  for (const [name, text, kept] of cases)
    it(`${name}`, () => {
      const redacted = redactText(text);
      expect(redacted).not.toContain(SECRET);
      expect(redacted).not.toContain('AKIAIOSFODNN7EXAMPLE');
      expect(redacted).toContain(REDACTED);
      expect(redacted).toContain(kept);
    });

  it('what is ordinary stays as it is', () => {
    for (const text of [
      'listening on http://0.0.0.0:8080',
      'GET /tokens/list 200 in 3 ms',
      'secret volume mounted',
      'level=info msg="password changed" user=ana',
      'eyJust a word',
    ])
      expect(redactText(text)).toBe(text);
  });
});

describe('a log', () => {
  it('loses a private key over many lines, and nothing behind it', () => {
    const redact = createLineRedactor();
    const lines = ['loaded', 'x -----BEGIN RSA PRIVATE KEY-----', SECRET, SECRET, '-----END RSA PRIVATE KEY----- ok', 'ready'];
    const told = lines.map(redact);
    expect(told.join('\n')).not.toContain(SECRET);
    expect([told[0], told[5]]).toEqual(['loaded', 'ready']);
    expect(told[4]).toContain('ok');
  });
  it('loses a private key on one line', () => {
    const text = `key: "-----BEGIN PRIVATE KEY-----\\n${SECRET}\\n-----END PRIVATE KEY-----\\n", next`;
    expect(createLineRedactor()(text)).not.toContain(SECRET);
  });
  it('has its long lines cut', () => expect(createLineRedactor()('x'.repeat(3 * MAX_LINE)).length).toBe(MAX_LINE + 1));
});

it('comes to an end, whatever the text is', () => {
  const hard = [
    'eyJ-',
    'password ',
    'a:',
    'https://a:',
    '-----BEGIN ',
    'bearer ',
    '"secret":',
    '\\"',
    'AKIA',
    'authorization: ',
    '-----BEGIN PRIVATE KEY-----',
  ];
  // Where a part could be matched in two ways, so much of it would take longer than anybody waits.
  for (const part of hard) expect(redactText(part.repeat(20_000)).length).toBeGreaterThan(0);
});
