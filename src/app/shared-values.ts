import * as v from 'valibot';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { ClusterSettings, ProjectRules, SharedValue } from '../../core/app/settings.ts';
import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import { policySchema, projectsSchema, settingsSchema } from '../../core/protocol/policy-schemas.ts';

const KEY_DIGITS = 32;

/** The key of a value that many Apps share: whoever has it under this key has exactly this value. */
export function sharedKey(value: ClusterSettings | ProjectRules): string {
  return sha256Hex(canonicalJson(value)).slice(0, KEY_DIGITS);
}

/** Why a snapshot could not carry a policy: the path and what is wrong there. One App's enormous list must not cost the others (threat S22). */
export function policyFault(policy: AppPolicy): string | undefined {
  return faultOf(v.safeParse(policySchema, policy, { abortEarly: true }));
}

export function sharedFault({ kind, key, value }: SharedValue): string | undefined {
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
