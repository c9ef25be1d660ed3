import { expect, it } from 'vitest';
import { createFence } from '../../../agent/apply/fence.ts';
import type { StateSecret, StateSecrets } from '../../../agent/cluster/state-secrets.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok } from '../../../core/result.ts';

/** Secrets of one namespace, in memory: guarded by their versions like the real ones. */
function secretsInMemory(): StateSecrets {
  const kept = new Map<string, StateSecret>();
  let version = 0;
  return {
    read: async (name) => ok(kept.get(name)),
    version: async (name) => ok(kept.get(name)?.resourceVersion ?? ''),
    async write(name, data, on) {
      const now = kept.get(name)?.resourceVersion ?? 'absent';
      if (on !== undefined && on !== now) return err({ status: 409, problem: problem('apply.conflict', 'changed') });
      kept.set(name, { data, resourceVersion: `${++version}` });
      return ok(`${version}`);
    },
    remove: async (name) => ok(kept.delete(name) || true),
    prepare: async () => ok(true),
  };
}

const order = (generation: number) => ({ keys: 1, generation, digest: `sha256:${'0'.repeat(64)}` });

it('F34: an agent that has found out that another is ahead may not raise again what it raised before', async () => {
  const secrets = secretsInMemory();
  const [old, newer] = [createFence(secrets, 'root'), createFence(secrets, 'root')];
  for (const fence of [old, newer]) await fence.load();
  old.stand(order(1));
  expect((await old.raise(order(1))).ok).toBe(true);
  newer.stand(order(2));
  expect((await newer.raise(order(2))).ok).toBe(true);
  expect((await old.check()).ok).toBe(false);
  expect((await old.raise(order(1))).ok).toBe(false);
});

it('F34: the one that is behind finds out when it raises, even without having looked', async () => {
  const secrets = secretsInMemory();
  const [old, newer] = [createFence(secrets, 'root'), createFence(secrets, 'root')];
  for (const fence of [old, newer]) await fence.load();
  expect((await old.raise(order(1))).ok).toBe(true);
  expect((await newer.raise(order(2))).ok).toBe(true);
  old.stand(order(1));
  expect((await old.raise(order(1))).ok).toBe(false);
  expect((await newer.raise(order(2))).ok).toBe(true);
});
