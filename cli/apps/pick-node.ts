import { describeKey, type ObjectKey, refOfKey } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import { type Failure, usage } from '../failure.ts';
import { nearNames } from '../output/near-names.ts';

/**
 * The one object that a person names, of those that are known: `Deployment/web`, `Pod/web-7d4f-x2`, `web` alone where only one is called so,
 * `apps:Deployment:shop/web` as for `plumb app sync`, or its key `apps/Deployment/shop/web`. Kinds may be written in small letters.
 * Fails (2) when there is none or several, naming them.
 */
export function pickNode(keys: readonly ObjectKey[], name: string): Result<ObjectKey, Failure> {
  const matches = matcherOf(name);
  const found = keys.filter((key) => key === name || matches(key));
  const [only] = found;
  if (only === undefined) {
    const near = nearNames(
      name.split('/').at(-1) ?? name,
      keys.map((key) => refOfKey(key)?.name ?? key),
    );
    const fix = near.length === 0 ? '`plumb app tree` shows its objects.' : `Did you mean ${near.join(' or ')}?`;
    return usage(`the App has no object ${name}`, fix);
  }
  if (found.length > 1) return usage(`${name} names several objects`, `Name one of them: ${found.map(describeKey).join(', ')}.`);
  return ok(only);
}

function matcherOf(text: string): (key: ObjectKey) => boolean {
  const long = /^([^:/]*):([^:/]+):(?:([^:/]*)\/)?([^/]+)$/.exec(text);
  const short = /^(?:([^:/]+)\/)?([^:/]+)$/.exec(text);
  return (key) => {
    const ref = refOfKey(key);
    if (ref === undefined) return false;
    if (long !== null) {
      const [, group, kind, namespace, name] = long;
      return (
        ref.group === group &&
        same(ref.kind, kind) &&
        ref.name === name &&
        (namespace === undefined || ref.namespace === namespace)
      );
    }
    const [, kind, name] = short ?? [];
    return short !== null && ref.name === name && (kind === undefined || same(ref.kind, kind));
  };
}

function same(kind: string, written: string | undefined): boolean {
  return kind.toLowerCase() === written?.toLowerCase();
}
