/**
 * Places where a test ends the agent with SIGKILL, named by the environment: `received`, `verified`, `applied:<n>` (after the n-th object, 1 when
 * no number is given), `hooked` (a hook was made), `waiting` (before it is waited for something), `pruned`, `reported`. Nothing happens without the variable.
 */
export interface Failpoints {
  readonly pass: (name: FailpointName) => void;
}

export type FailpointName = 'received' | 'verified' | 'applied' | 'hooked' | 'waiting' | 'pruned' | 'reported';

/** Failpoints from `PLUMBLINE_FAILPOINT`. */
export function createFailpoints(setting: string | undefined, kill: () => void): Failpoints {
  const [armed, count] = (setting ?? '').split(':');
  let left = Number(count ?? 1);
  return {
    pass(name) {
      if (name !== armed) return;
      left--;
      if (left <= 0) kill();
    },
  };
}
