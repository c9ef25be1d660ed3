import type { AppPolicy } from '../app/policy.ts';

/** A ConfigMap or Secret in an App's own namespace that its objects are made with. */
export interface InputRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/** An input as it was read; its resourceVersion is empty when it was not there. */
export interface ResolveInput extends InputRef {
  readonly resourceVersion: string;
}

/** What an App's policy refers to: the sources of its variables, and the Secret with its age keys. */
export function inputRefsOf(policy: AppPolicy): InputRef[] {
  const { namespace, substitute, decryption } = policy;
  const refs = (substitute?.from ?? []).map(({ kind, name }): InputRef => ({ kind, namespace, name }));
  if (decryption?.secret !== undefined) refs.push({ kind: 'Secret', namespace, name: decryption.secret });
  return refs;
}

/**
 * True when an input is not what it was any more. `versionOf` gives its resourceVersion now, empty when it is not there, undefined when nobody
 * knows: that is no change.
 */
export function inputsChanged(inputs: readonly ResolveInput[], versionOf: (ref: InputRef) => string | undefined): boolean {
  return inputs.some((input) => {
    const now = versionOf(input);
    return now !== undefined && now !== input.resourceVersion;
  });
}
