import { beforeEach, describe, expect, it } from 'vitest';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { KeyList } from '../../../core/protocol/messages.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { makeEd25519 } from '../../../src/platform/ed25519.ts';
import { openVault } from '../../../src/platform/vault.ts';
import {
  bindToken,
  clustersToRenew,
  findCluster,
  findToken,
  listClusters,
  putCluster,
  setRenewal,
} from '../../../src/registry/clusters.ts';
import { FLEET_MIGRATIONS } from '../../../src/registry/schema.ts';
import { fleetKeys, putAcceptedKeys, putSigningKey, signingMaterial } from '../../../src/registry/signing-keys.ts';
import {
  accessOf,
  dirtyRepos,
  isDefinitionFile,
  listSources,
  markDirty,
  putCredentials,
  putSource,
  readAgain,
  readTip,
  recordSource,
  urlOf,
  writeTip,
} from '../../../src/registry/sources.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { dump } from '../durable/cluster-fixture.ts';

const vault = await openVault('a secret of thirty-two characters');
let sql = createNodeSql();
const source = (id: string, repo = 'host/fleet', url = `https://${repo}`) =>
  putSource(sql, { id, repo, url, revision: 'HEAD', path: id, cluster: 'eu-1' });
const first = () => {
  const [one] = listSources(sql);
  if (one === undefined) throw new Error('there is no fleet path');
  return one;
};

beforeEach(() => {
  sql = createNodeSql();
  migrate(sql, { fleet: FLEET_MIGRATIONS });
});

describe('a fleet path', () => {
  it('has no commit until it was read, and none again when it is changed or asked for', () => {
    source('a');
    recordSource(sql, { source: first(), commit: 'c1', problems: [] });
    expect(first().commit).toBe('c1');
    source('a');
    expect(first().commit).toBeUndefined();
    recordSource(sql, { source: first(), commit: 'c1' });
    readAgain(sql);
    expect(first().commit).toBeUndefined();
  });

  it('that is asked for while it is read is read once more', () => {
    source('a');
    const reading = first();
    readAgain(sql);
    recordSource(sql, { source: reading, commit: 'c1', problems: [] });
    expect(first().commit).toBeUndefined();
  });

  it('is asked for by the kind of its problems', () => {
    source('a');
    source('b');
    for (const one of listSources(sql)) {
      const problems = one.id === 'a' ? [problem('app.duplicate', 'x')] : [problem('app.invalid', 'app.duplicate')];
      recordSource(sql, { source: one, commit: 'c1', problems });
    }
    readAgain(sql, 'app.duplicate');
    expect(listSources(sql).map(({ commit }) => commit)).toEqual([undefined, 'c1']);
  });

  it('keeps its problems and files when only the commit moved', () => {
    source('a');
    recordSource(sql, {
      source: first(),
      commit: 'c1',
      problems: [problem('app.invalid', 'x')],
      files: ['a/web.yaml', 'a/api.yaml'],
    });
    recordSource(sql, { source: first(), commit: 'c2' });
    expect([first().commit, first().problems.length, isDefinitionFile(sql, 'a', 'a/web.yaml')]).toEqual(['c2', 1, true]);
    recordSource(sql, { source: first(), commit: 'c3', problems: [], files: ['a/api.yaml'] });
    expect(['a/web.yaml', 'a/api.yaml'].map((path) => isDefinitionFile(sql, 'a', path))).toEqual([false, true]);
  });

  it('with ten thousand warnings fits its row and says how many are left out (F31)', () => {
    source('a');
    const problems: Problem[] = Array.from({ length: 10_000 }, (_, i) => problem('fleet.ignored', `${i} ${'x'.repeat(300)}`));
    recordSource(sql, { source: first(), commit: 'c1', problems });
    expect(first().problems).toHaveLength(101);
    expect(first().problems.at(-1)?.message).toContain('9900');
  });
});

describe('a repository', () => {
  it('is reached by https where anybody says so: credentials travel with the URL', () => {
    source('a', 'host/x', 'http://host/x');
    expect(urlOf(sql, 'host/x')).toBe('http://host/x');
    source('b', 'host/x', 'https://host/x');
    expect(urlOf(sql, 'host/x')).toBe('https://host/x');
    expect(urlOf(sql, 'host/y')).toBeUndefined();
  });

  it('keeps its credentials sealed, and gives them back until they are removed (S12)', async () => {
    const credentials = { kind: 'basic' as const, username: 'ana', password: 'canary-55' };
    await putCredentials(sql, vault, 'host/x', credentials);
    expect(await accessOf(sql, vault, 'host/x', 'u')).toEqual({ url: 'u', credentials });
    expect(dump(sql)).not.toContain('canary-55');
    await putCredentials(sql, vault, 'host/x', undefined);
    expect(await accessOf(sql, vault, 'host/x', 'u')).toEqual({ url: 'u' });
  });

  it('is dirty since it was marked first', () => {
    markDirty(sql, ['b'], 1);
    markDirty(sql, ['a', 'b'], 2);
    expect(dirtyRepos(sql)).toEqual(['b', 'a']);
  });

  it('keeps the last good commit of a revision through a problem', () => {
    const info = { commit: 'c1', author: '', subject: '', committedAt: 0 };
    writeTip(sql, 'r', 'HEAD', { info });
    writeTip(sql, 'r', 'HEAD', { problem: problem('git.auth', 'x'), since: 5, told: true });
    expect(readTip(sql, 'r', 'HEAD')).toEqual({ info, problem: problem('git.auth', 'x'), since: 5, told: true });
    writeTip(sql, 'r', 'HEAD', { info });
    expect(readTip(sql, 'r', 'HEAD')).toEqual({ info, told: false });
  });
});

describe('a cluster', () => {
  it('keeps a token as its hash only, bound to one agent once it was used', () => {
    putCluster(sql, 'eu-1', 'canary-token');
    expect(dump(sql)).not.toContain('canary-token');
    expect(findToken(sql, 'canary-token')).toEqual({ clusterName: 'eu-1' });
    bindToken(sql, { name: 'eu-1', uid: 'uid-1', agentKey: 'key-1' });
    expect(findToken(sql, 'canary-token')).toEqual({ clusterName: 'eu-1', used: { keyid: 'key-1', cluster: 'uid-1' } });
    putCluster(sql, 'eu-1', 'second');
    expect([findToken(sql, 'canary-token'), findToken(sql, 'second')]).toEqual([undefined, { clusterName: 'eu-1' }]);
    expect(findCluster(sql, 'eu-1')?.uid).toBe('uid-1');
  });

  it('shares its Lobby with at most four hundred and ninety-nine others', () => {
    for (let i = 0; i < 501; i++) putCluster(sql, `c-${String(i).padStart(3, '0')}`, `t-${i}`);
    const lobbies = listClusters(sql).map(({ lobby }) => lobby);
    expect([lobbies[0], lobbies[499], lobbies[500]]).toEqual([0, 0, 1]);
  });

  it('is asked to renew when it is due, when it enrolled, and when all are', () => {
    putCluster(sql, 'a', 't');
    putCluster(sql, 'b', 'u');
    expect(clustersToRenew(sql, 1)).toEqual(['a', 'b']);
    setRenewal(sql, 100, 'a');
    setRenewal(sql, 200, 'b');
    expect([clustersToRenew(sql, 99), clustersToRenew(sql, 150)]).toEqual([[], ['a']]);
    bindToken(sql, { name: 'b', uid: 'uid', agentKey: 'key' });
    expect(clustersToRenew(sql, 99)).toEqual(['b']);
    setRenewal(sql, 0);
    expect(clustersToRenew(sql, 99)).toEqual(['a', 'b']);
  });
});

describe('signing keys', () => {
  it('sign nothing before the root key has listed them; then the newest listed one does, its seed sealed (S12)', async () => {
    const pairs = [await makeEd25519(), await makeEd25519(), await makeEd25519()] as const;
    const keys = [];
    for (const [i, pair] of pairs.entries()) keys.push(await putSigningKey(sql, vault, pair, i));
    expect(await signingMaterial(sql, vault)).toBeUndefined();
    const envelope = { payloadType: 't', payload: '', signatures: [] };
    const list: KeyList = { root: '0'.repeat(16), version: 4, keys: keys.slice(0, 2) };
    putAcceptedKeys(sql, { root: { keyid: '0'.repeat(16), key: '' }, envelope, list });
    const material = await signingMaterial(sql, vault);
    expect([material?.version, Buffer.from(material?.seed ?? []).equals(pairs[1].seed)]).toEqual([4, true]);
    expect(fleetKeys(sql).online).toEqual(keys);
    for (const { seed } of pairs) {
      expect(dump(sql)).not.toContain(Buffer.from(seed).toString('latin1'));
      expect(dump(sql)).not.toContain(Buffer.from(seed).toString('base64'));
    }
  });
});
