import * as v from 'valibot';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { ClusterSettings, ProjectRules, SharedValue } from '../../core/app/settings.ts';
import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import { policySchema, projectsSchema, settingsSchema } from '../../core/protocol/policy-schemas.ts';
import { err, ok, type Result } from '../../core/result.ts';

const KEY_DIGITS = 32;

/** The key of a value that many Apps share: whoever has it under this key has exactly this value. */
function sharedKey(value: ClusterSettings | ProjectRules): string {
  return sha256Hex(canonicalJson(value)).slice(0, KEY_DIGITS);
}

/** Why a snapshot could not carry a policy: the path and what is wrong there. One App's enormous list must not cost the others (threat S22). */
export function policyFault(policy: AppPolicy): string | undefined {
  return faultOf(v.safeParse(policySchema, policy, { abortEarly: true }));
}

function sharedFault({ kind, key, value }: SharedValue): string | undefined {
  return kind === 'settings'
    ? faultOf(v.safeParse(settingsSchema, { [key]: value }, { abortEarly: true }))
    : faultOf(v.safeParse(projectsSchema, { [key]: value }, { abortEarly: true }));
}

function faultOf(parsed: {
  readonly success: boolean;
  readonly issues?: readonly v.BaseIssue<unknown>[] | undefined;
}): string | undefined {
  const [issue] = parsed.issues ?? [];
  if (parsed.success || issue === undefined) return undefined;
  return `${v.getDotPath(issue) ?? 'it'} is too large or not of the right form (${issue.type})`;
}

/** Collects what Apps share. Most Apps of a fleet path share the very same, so each is made, named and checked once. */
export interface SharedValues {
  /** The key of a value that `id` stands for; fails with a sentence when no snapshot could carry it. */
  add(id: string, make: () => Omit<SharedValue, 'key'>): Result<string, string>;
  /** What was added under these keys. */
  named(keys: ReadonlySet<string>): SharedValue[];
}

export function createSharedValues(): SharedValues {
  const known = new Map<string, Result<SharedValue, string>>();
  const make = (made: Omit<SharedValue, 'key'>): Result<SharedValue, string> => {
    // The key is added to a value of either kind.
    const value = { ...made, key: sharedKey(made.value) } as SharedValue;
    const fault = sharedFault(value);
    return fault === undefined ? ok(value) : err(fault);
  };
  return {
    add(id, maker) {
      const found = known.get(id) ?? make(maker());
      known.set(id, found);
      return found.ok ? ok(found.value.key) : found;
    },
    named(keys) {
      const values = new Map<string, SharedValue>();
      for (const one of known.values()) if (one.ok && keys.has(one.value.key)) values.set(one.value.key, one.value);
      return [...values.values()];
    },
  };
}
