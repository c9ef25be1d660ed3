import { describe, expect, it } from 'vitest';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { bindToken, putCluster } from '../../../src/registry/clusters.ts';
import { FLEET_MIGRATIONS } from '../../../src/registry/schema.ts';
import { heardByName, putSilence, SILENT_AFTER_MS, silenceChanges } from '../../../src/registry/silence.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

const NOW = 1_800_000_000_000;
const LONG_AGO = NOW - SILENT_AFTER_MS - 1;

/** A registry with two enrolled clusters and one that nobody enrolled. */
function registry() {
  const sql = createNodeSql();
  migrate(sql, { fleet: FLEET_MIGRATIONS });
  for (const name of ['eu-1', 'us-1', 'new']) putCluster(sql, name, `token-${name}`);
  for (const name of ['eu-1', 'us-1']) bindToken(sql, { name, uid: `uid-${name}`, agentKey: 'key' });
  return sql;
}

describe('an agent', () => {
  it('that polled a moment ago is not silent; one that did not is, since its last word', () => {
    const heard = { since: LONG_AGO - 1, at: { 'uid-eu-1': NOW - 30_000, 'uid-us-1': LONG_AGO } };
    expect(silenceChanges(registry(), 0, heard, NOW)).toEqual([{ name: 'us-1', since: LONG_AGO }]);
  });

  it('that is silent is told of once, and once more when it is back', () => {
    const sql = registry();
    const silent = { since: LONG_AGO, at: { 'uid-eu-1': LONG_AGO, 'uid-us-1': NOW } };
    putSilence(sql, { name: 'eu-1', since: LONG_AGO });
    expect(silenceChanges(sql, 0, silent, NOW)).toEqual([]);
    expect(silenceChanges(sql, 0, { since: LONG_AGO, at: { 'uid-eu-1': NOW, 'uid-us-1': NOW } }, NOW)).toEqual([
      { name: 'eu-1' },
    ]);
  });

  it('is neither silent nor back for a Lobby that has begun to listen just now', () => {
    const sql = registry();
    putSilence(sql, { name: 'eu-1', since: LONG_AGO });
    expect(silenceChanges(sql, 0, { since: NOW - 1000, at: {} }, NOW)).toEqual([]);
  });

  it('of another Lobby is not spoken of', () => {
    expect(silenceChanges(registry(), 1, { since: LONG_AGO, at: {} }, NOW)).toEqual([]);
  });
});

it('what was heard is told by the names of clusters', () =>
  expect(heardByName(registry(), 0, { since: 0, at: { 'uid-eu-1': 5, 'uid-of-nobody': 6 } })).toEqual({ 'eu-1': 5 }));
