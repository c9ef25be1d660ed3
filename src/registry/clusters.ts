import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import type { EnrolmentFacts } from '../../core/protocol/enrolment.ts';
import type { ClusterInfo } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';

type ClusterRow = { name: string; uid: string | null; lobby: number };

/** How many clusters share one Lobby: each awake object is billed, so a fleet of 500 keeps one awake, not 500. */
const CLUSTERS_PER_LOBBY = 500;

const toInfo = (row: ClusterRow): ClusterInfo => ({
  name: row.name,
  lobby: row.lobby,
  ...(row.uid === null ? {} : { uid: row.uid }),
});

export function listClusters(sql: Sql): ClusterInfo[] {
  return sql.all<ClusterRow>('SELECT name, uid, lobby FROM cluster ORDER BY name').map(toInfo);
}

export function findCluster(sql: Sql, name: string): ClusterInfo | undefined {
  return sql.all<ClusterRow>('SELECT name, uid, lobby FROM cluster WHERE name = ?', name).map(toInfo)[0];
}

export function findClusterByUid(sql: Sql, uid: string): ClusterInfo | undefined {
  return sql.all<ClusterRow>('SELECT name, uid, lobby FROM cluster WHERE uid = ?', uid).map(toInfo)[0];
}

/** Registers a cluster, or gives an existing one a new token; only the token's hash is kept. */
export function putCluster(sql: Sql, name: string, token: string): ClusterInfo {
  const lobby = Math.floor(listClusters(sql).length / CLUSTERS_PER_LOBBY);
  sql.run(
    `INSERT INTO cluster (name, lobby, token_hash) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash, agent_key = NULL`,
    name,
    lobby,
    sha256Hex(token),
  );
  return { name, lobby };
}

/** The clusters whose snapshots may have to be signed again by now. */
export function clustersToRenew(sql: Sql, now: number): string[] {
  return sql.all<{ name: string }>('SELECT name FROM cluster WHERE renew_at <= ? ORDER BY name', now).map((row) => row.name);
}

/** When to ask a cluster next; without one, every cluster is asked at the next opportunity. */
export function setRenewal(sql: Sql, at: number, name?: string): void {
  if (name === undefined) sql.run('UPDATE cluster SET renew_at = ?', at);
  else sql.run('UPDATE cluster SET renew_at = ? WHERE name = ?', at, name);
}

export function deleteCluster(sql: Sql, name: string): void {
  sql.run('DELETE FROM cluster WHERE name = ?', name);
}

/** The cluster whose current token this is, and the agent that has used it already. */
export function findToken(sql: Sql, token: string): EnrolmentFacts['token'] {
  const row = sql.all<{ name: string; uid: string | null; agent_key: string | null }>(
    'SELECT name, uid, agent_key FROM cluster WHERE token_hash = ?',
    sha256Hex(token),
  )[0];
  if (row === undefined) return undefined;
  const used = row.agent_key === null || row.uid === null ? {} : { used: { keyid: row.agent_key, cluster: row.uid } };
  return { clusterName: row.name, ...used };
}

/** Binds the token to the agent's key and the cluster's identity: from now on only that key may use it again. */
export function bindToken(sql: Sql, binding: { readonly name: string; readonly uid: string; readonly agentKey: string }): void {
  sql.run('UPDATE cluster SET uid = ?, agent_key = ?, renew_at = 0 WHERE name = ?', binding.uid, binding.agentKey, binding.name);
}
