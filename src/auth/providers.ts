import type { SignInProvider } from '../../core/api/access.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

type Row = { id: string; value: string; sealed: ArrayBuffer | null };

/** Every provider without its secret, in the order in which they were given. */
export function listProviders(sql: Sql): SignInProvider[] {
  return sql.all<Row>('SELECT id, value, sealed FROM provider ORDER BY n').map(toProvider);
}

/** The provider of this id, without its secret. */
export function findProvider(sql: Sql, id: string): SignInProvider | undefined {
  const row = sql.all<Row>('SELECT id, value, sealed FROM provider WHERE id = ?', id)[0];
  return row === undefined ? undefined : toProvider(row);
}

/** The client's secret; it leaves this object for the provider's token endpoint only. */
export async function providerSecret(sql: Sql, vault: Vault, id: string): Promise<string | undefined> {
  const sealed = sql.all<Row>('SELECT id, value, sealed FROM provider WHERE id = ?', id)[0]?.sealed;
  if (sealed === undefined || sealed === null) return undefined;
  return new TextDecoder().decode(await vault.open(new Uint8Array(sealed), context(id)));
}

/**
 * Replaces all providers. One that comes without a secret keeps the one that it has, as long as it asks the same issuer: a secret must not be sent
 * somewhere else by changing the address beside it.
 */
export async function putProviders(sql: Sql, vault: Vault, providers: readonly SignInProvider[]): Promise<void> {
  const had = new Map(sql.all<Row>('SELECT id, value, sealed FROM provider').map((row) => [row.id, row]));
  const rows = await Promise.all(
    providers.map(async ({ clientSecret, hasSecret: _told, ...provider }) => {
      if (clientSecret !== undefined && clientSecret !== '') {
        const sealed = await vault.seal(new TextEncoder().encode(clientSecret), context(provider.id));
        return { provider, sealed: sealed.slice().buffer };
      }
      const before = had.get(provider.id);
      const isSame = before !== undefined && toProvider(before).issuer === provider.issuer;
      return { provider, sealed: isSame ? before.sealed : null };
    }),
  );
  sql.transaction(() => {
    sql.run('DELETE FROM provider');
    for (const [n, { provider, sealed }] of rows.entries())
      sql.run(
        'INSERT INTO provider (id, n, value, sealed) VALUES (?, ?, ?, ?)',
        ...[provider.id, n, JSON.stringify(provider), sealed],
      );
    return undefined;
  });
}

function toProvider({ value, sealed }: Row): SignInProvider {
  // Written by putProviders only.
  return { ...(JSON.parse(value) as SignInProvider), hasSecret: sealed !== null };
}

function context(id: string): string {
  return `sign-in/${id}`;
}
