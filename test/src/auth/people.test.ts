import { describe, expect, it } from 'vitest';
import { putApiToken } from '../../../src/auth/api-tokens.ts';
import { findIdentity } from '../../../src/auth/find-identity.ts';
import { putPerson, type SignedIn } from '../../../src/auth/people.ts';
import { ACCESS_MIGRATIONS } from '../../../src/auth/schema.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

function storage() {
  const sql = createNodeSql();
  migrate(sql, { access: ACCESS_MIGRATIONS });
  return sql;
}
const somebody = (change: Partial<SignedIn>): SignedIn => ({
  ...{ id: 'oidc:corp#1', subject: '1', provider: 'corp', name: 'ana', claims: {} },
  ...change,
});
const nameOf = (change: Partial<SignedIn>, sql = storage()) => putPerson(sql, somebody(change), 1).name;

describe('S34: in a ledger one name is one person', () => {
  it('an address that the provider vouches for is its name', () =>
    expect(nameOf({ name: 'ana@example.org', email: 'ana@example.org' })).toBe('ana@example.org'));

  it('a name that looks like an address which nobody vouches for has the id beside it', () => {
    expect(nameOf({ name: 'ana@example.org' })).toBe('ana@example.org (oidc:corp#1)');
    expect(nameOf({ name: 'ana@example.org', email: 'eve@example.org' })).toBe('ana@example.org (oidc:corp#1)');
  });

  it('a name that differs from another by its case alone has the id beside it', () => {
    const sql = storage();
    expect(nameOf({ name: 'Ana' }, sql)).toBe('Ana');
    expect(nameOf({ id: 'github:7', name: 'aNA' }, sql)).toBe('aNA (github:7)');
  });

  it.each(['operator', 'Plumbline', 'token ci'])('nobody is called %s', (name) =>
    expect(nameOf({ name })).toBe(`${name} (oidc:corp#1)`),
  );
});

describe('S14: a token is its maker’s', () => {
  const token = (id: string, owner: string, createdBy: string, expiresAt = 100) => ({
    ...{ id, hash: `hash-${id}`, name: id, owner, createdBy, roles: ['role:readonly'], createdAt: 1, expiresAt },
  });

  it('also when another token made it, and that one has expired', () => {
    const sql = storage();
    putApiToken(sql, token('first', 'oidc:corp#1', 'ana', 5));
    putApiToken(sql, token('second', 'token:first', 'token first'));
    const found = findIdentity(
      sql,
      { kind: 'bearer', digest: 'hash-second' },
      { now: 10, scopes: ['groups'], operator: undefined },
    );
    expect(found?.caller).toMatchObject({ id: 'token:second', owner: { id: 'oidc:corp#1', name: 'ana' } });
  });
});
