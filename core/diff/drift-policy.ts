import type { AppPolicy } from '../app/policy.ts';
import type { ObjectPolicy } from '../plan/object-policy.ts';

/**
 * What happens to drift of one object:
 *
 *   heal     put right at once
 *   warn     reported; the App is OutOfSync until Git, the cluster or a person puts it right
 *   adopt    as warn, with the patch that Git would need
 *   ignore   not looked for: what somebody changes is theirs, until Git changes the object
 *
 * The object's own word goes before its release's, the release's before its App's.
 */
export type DriftPolicy = 'heal' | 'warn' | 'adopt' | 'ignore';

/** The policy for an object of an App. While healing is off, what would be healed is only told. */
export function driftPolicyOf(policy: AppPolicy, object: Pick<ObjectPolicy, 'drift'>): DriftPolicy {
  const usual = usualDriftPolicy(policy, object);
  return policy.healOff === true && usual === 'heal' ? 'warn' : usual;
}

function usualDriftPolicy(policy: AppPolicy, object: Pick<ObjectPolicy, 'drift'>): DriftPolicy {
  if (object.drift !== undefined) return object.drift;
  if (policy.release !== undefined) {
    const { driftDetection } = policy.release;
    if (driftDetection === 'disabled') return policy.drift ?? 'ignore';
    if (driftDetection === 'warn') return policy.drift === 'adopt' ? 'adopt' : 'warn';
    return policy.drift ?? 'heal';
  }
  return policy.drift ?? (policy.selfHeal ? 'heal' : 'warn');
}

/** True when the App's drift may be written away without a person asking: it follows Git by itself and is not suspended. */
export function mayHealObject(policy: AppPolicy, object: Pick<ObjectPolicy, 'drift'>): boolean {
  return policy.autoSync && !policy.suspended && driftPolicyOf(policy, object) === 'heal';
}

/** True when drift that somebody asked to be left alone stays, even when a sync comes by that nobody asked for and that brings no new version of the object. */
export function leavesDrift(policy: AppPolicy, object: Pick<ObjectPolicy, 'drift'>): boolean {
  const isAsked =
    policy.healOff === true || object.drift !== undefined || policy.drift !== undefined || policy.release !== undefined;
  return isAsked && driftPolicyOf(policy, object) !== 'heal';
}
