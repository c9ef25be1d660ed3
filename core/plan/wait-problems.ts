import { describeKey, type ObjectKey } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { HookRun, Seen } from './sync-state.ts';

/** What is said of something that was waited for in vain. Health messages are the object's own words, as in its status. */
export function degradedOf(key: ObjectKey, seen: Seen): Problem {
  const why = seen === 'missing' ? 'it is missing, it may have been deleted' : described(seen);
  return problem('apply.degraded', why, { where: describeKey(key) });
}

export function deadlineOf(key: ObjectKey, seen: Seen | undefined, seconds: number): Problem {
  const how = seen === undefined || seen === 'missing' ? 'not there' : described(seen);
  return problem('apply.deadline', `not ready within ${seconds} s: ${how}`, { where: describeKey(key) });
}

export function finalizersOf(key: ObjectKey, finalizers: readonly string[]): Problem {
  const which = finalizers.length === 0 ? 'finalizers' : `finalizer ${finalizers.join(', ')}`;
  return problem('apply.finalizer_pending', `deleted, but ${which} keeps it`, { where: describeKey(key) });
}

export function hookFailureOf(hook: HookRun, seen: Seen): Problem {
  const why = seen === 'missing' ? 'it was deleted while it ran' : described(seen);
  return problem('apply.hook_failed', `${hook.phase} hook: ${why}`, { where: describeKey(hook.key) });
}

function described({ status, message }: Exclude<Seen, 'missing'>): string {
  return message === undefined ? status : `${status}: ${message}`;
}
