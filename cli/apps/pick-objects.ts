import type { AppView } from '../../core/api/views.ts';
import { describeKey, type ObjectKey, refOfKey } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import { type Failure, usage } from '../failure.ts';

/**
 * The objects of an App that `apps:Deployment:shop/web` names, as Argo CD's command line does: group (empty for the core group), kind, and name with or without
 * its namespace. Fails when the App has none or several of them (2), naming these.
 */
export function pickObjects(view: AppView, names: readonly string[]): Result<readonly ObjectKey[], Failure> {
  const picked = new Set<ObjectKey>();
  for (const name of names) {
    const match = /^([^:/]*):([^:/]+):(?:([^:/]*)\/)?([^/]+)$/.exec(name);
    if (match === null) return usage(`${name} names no object`, 'Write group:Kind:name or group:Kind:namespace/name.');
    const [, group, kind, namespace, object] = match;
    const found = (view.status?.resources ?? []).filter(({ key }) => {
      const ref = refOfKey(key);
      const isNamed = ref?.group === group && ref?.kind === kind && ref?.name === object;
      return isNamed && (namespace === undefined || ref?.namespace === namespace);
    });
    const [only] = found;
    if (only === undefined)
      return usage(`${view.app} has no object ${name}`, `Look at \`plumb app get ${view.cluster}/${view.app}\`.`);
    if (found.length > 1)
      return usage(`${name} names several objects`, `Name one of them: ${found.map(({ key }) => describeKey(key)).join(', ')}.`);
    picked.add(only.key);
  }
  return ok([...picked]);
}
