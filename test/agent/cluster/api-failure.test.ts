import { describe, expect, it } from 'vitest';
import { toApiFailure } from '../../../agent/cluster/api-failure.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const codeOf = (status: number, body: unknown) =>
  toApiFailure(answer(status, body), { where: 'ConfigMap shop/web', secret: false }).problem.code;

describe('an answer of the API server', () => {
  const cases: readonly (readonly [string, number, unknown, string])[] = [
    ['a token that is not accepted', 401, { message: 'Unauthorized' }, 'apply.unavailable'],
    ['a right that is missing', 403, { message: 'configmaps is forbidden: User "x" cannot patch resource' }, 'apply.forbidden'],
    [
      'F18: a namespace on its way out',
      403,
      { message: 'forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } },
      'apply.namespace_terminating',
    ],
    ['a quota', 403, { message: 'forbidden: exceeded quota: small' }, 'apply.admission'],
    [
      'F13: a webhook that says no',
      400,
      { message: 'admission webhook "a.example.com" denied the request: no' },
      'apply.admission',
    ],
    [
      'F13: a policy that says no',
      422,
      { message: "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no" },
      'apply.admission',
    ],
    [
      'F13: a webhook that does not answer',
      500,
      { message: 'Internal error occurred: failed calling webhook "a": timeout' },
      'apply.unavailable',
    ],
    [
      'a namespace that is not there',
      404,
      { message: 'namespaces "x" not found', details: { kind: 'namespaces' } },
      'apply.namespace_missing',
    ],
    ['a kind that is not served', 404, 'page not found', 'apply.kind_unknown'],
    ['a guard that did not hold', 409, { message: 'the object has been modified' }, 'apply.conflict'],
    [
      'F16: an immutable field',
      422,
      { message: 'invalid', details: { causes: [{ field: 'spec.selector', message: 'Invalid value: field is immutable' }] } },
      'apply.immutable',
    ],
    [
      'a field that is wrong',
      422,
      { message: 'invalid', details: { causes: [{ field: 'spec.ports', message: 'Required value' }] } },
      'apply.invalid',
    ],
    [
      'a field that the schema has not',
      500,
      { message: 'failed to create typed patch object: .spec.x: field not declared in schema' },
      'apply.invalid',
    ],
    ['F10: too many requests', 429, { message: 'later' }, 'apply.unavailable'],
    ['F36: a full etcd', 500, { message: 'etcdserver: mvcc: database space exceeded' }, 'apply.unavailable'],
    [
      'F07: a page of a list that is forgotten',
      410,
      { message: 'The provided continue parameter is too old' },
      'apply.unavailable',
    ],
    ['F31: an object that is too large for etcd', 500, { message: 'etcdserver: request is too large' }, 'apply.invalid'],
    ['a proxy’s page', 502, '<html>Bad Gateway</html>', 'apply.unavailable'],
    ['an object that is too large', 413, { message: 'Request entity too large' }, 'apply.invalid'],
  ];
  for (const [name, status, body, code] of cases) it(`${name} is ${code}`, () => expect(codeOf(status, body)).toBe(code));

  it('F10: tells how long to wait', () =>
    expect(toApiFailure(answer(429, {}, { 'retry-after': '3' }), { where: '', secret: false }).retryAfterMs).toBe(3_000));

  it('S11: about a Secret names fields and never quotes', () => {
    const body = {
      reason: 'Invalid',
      message: 'Secret "s" is invalid: data[password]: Invalid value: "hunter2"',
      details: {
        causes: [
          { field: 'data[password]', message: 'Invalid value: "hunter2"' },
          { field: 'hunter2 is here', message: '' },
        ],
      },
    };
    const { message } = toApiFailure(answer(422, body), { where: 'Secret shop/s', secret: true }).problem;
    expect(message).not.toContain('hunter2');
    expect(message).toContain('data[password]');
  });
});
