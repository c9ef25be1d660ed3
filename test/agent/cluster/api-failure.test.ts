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
    ['F31: an object that is too large for etcd', 500, { message: 'etcdserver: request is too large' }, 'apply.too_large'],
    ['a proxy’s page', 502, '<html>Bad Gateway</html>', 'apply.unavailable'],
    ['F31: an object that is too large for the API server', 413, { message: 'Request entity too large' }, 'apply.too_large'],
    [
      'F31: an object that is too large for a message to etcd',
      500,
      {
        message: 'rpc error: code = ResourceExhausted desc = trying to send message larger than max (2400796 vs. 2097152)',
      },
      'apply.too_large',
    ],
    [
      'F31: annotations that are too large',
      422,
      {
        message: 'ConfigMap "x" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
        details: { causes: [{ field: 'metadata.annotations', message: 'Too long: may not be more than 262144 bytes' }] },
      },
      'apply.too_large',
    ],
    [
      'F16: a binding’s role',
      422,
      { message: 'invalid', details: { causes: [{ field: 'roleRef', message: 'Invalid value: {}: cannot change roleRef' }] } },
      'apply.immutable',
    ],
    [
      'F16: an immutable field beside another mistake',
      422,
      {
        message: 'invalid',
        details: {
          causes: [
            { field: 'spec.selector', message: 'Invalid value: {}: field is immutable' },
            { field: 'spec.replicas', message: 'Invalid value: -1: must be greater than or equal to 0' },
          ],
        },
      },
      'apply.invalid',
    ],
    [
      'F16: a field that a policy protects',
      422,
      { message: "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: spec.tier is immutable" },
      'apply.immutable',
    ],
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

  it('S11: about a Secret names the webhook that refused it', () => {
    const body = { message: 'admission webhook "guard.example.com" denied the request: value hunter2 is weak' };
    const { message } = toApiFailure(answer(400, body), { where: 'Secret shop/s', secret: true }).problem;
    expect(message).toContain('guard.example.com');
    expect(message).not.toContain('hunter2');
  });

  it('names every field that is wrong, each with its reason', () => {
    const causes = [
      { field: 'spec.replicas', message: 'Invalid value: -1: must be greater than or equal to 0' },
      { field: 'spec.selector', message: 'Required value' },
    ];
    const body = { message: 'invalid', details: { causes } };
    expect(toApiFailure(answer(422, body), { where: '', secret: false }).problem.message).toBe(
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0; spec.selector: Required value',
    );
  });

  it('F16: tells which field cannot be changed, without its value', () => {
    const causes = [{ field: 'spec.template', message: 'Invalid value: {"labels":{"a":"b"},"Spec":{}}: field is immutable' }];
    const failure = toApiFailure(answer(422, { message: 'invalid', details: { causes } }), { where: '', secret: false });
    expect(failure.problem.message).toBe('spec.template: field is immutable');
    expect(failure.fields).toEqual(['spec.template']);
  });

  it('lists the fields that a kind does not have, when nothing else is wrong', () => {
    const message =
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:\n  .spec.foo: field not declared in schema\n  .spec.template.spec.containers[name="c"].bar: field not declared in schema';
    expect(toApiFailure(answer(500, { message }), { where: '', secret: false }).unknownFields).toEqual([
      '.spec.foo',
      '.spec.template.spec.containers[name="c"].bar',
    ]);
    const mixed = `${message}\n  .spec.replicas: expected numeric (int or float), got string`;
    expect(toApiFailure(answer(500, { message: mixed }), { where: '', secret: false }).unknownFields).toBeUndefined();
  });
});
