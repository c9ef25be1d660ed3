import { FIELD_MANAGER, managedFieldsOf } from '../diff/comparable.ts';
import { isSame } from '../diff/same.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject, ObjectRef } from '../objects/object.ts';
import { describeRef } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { isEmptySet, parseFieldSet, subtract, toPointers } from './field-algebra.ts';

/** Fields that another manager owns and that applying takes from it, because Git says something else. */
export interface Conflict {
  readonly manager: string;
  readonly operation: string;
  /** When it wrote last (RFC 3339). */
  readonly time: string;
  /** JSON pointers into the live object; values are never included. */
  readonly fields: readonly string[];
}

const MAX_POINTERS = 10;

/**
 * Who loses which fields: managedFields before and after the forced apply (of its dry-run) tell exactly.
 * Managers in `except` hand over and are no conflict.
 */
export function conflictsOf(live: JsonObject, applied: JsonObject, except: readonly string[] = []): Conflict[] {
  const after = entriesOf(applied);
  return entriesOf(live).flatMap((entry) => {
    const { manager, operation, subresource, time } = entry;
    if (manager === FIELD_MANAGER || except.includes(manager)) return [];
    const same = after.find(
      (other) => other.manager === manager && other.operation === operation && other.subresource === subresource,
    );
    if (same !== undefined && isSame(same.fieldsV1, entry.fieldsV1)) return [];
    const lost = subtract(parseFieldSet(entry.fieldsV1), parseFieldSet(same?.fieldsV1));
    const fields = isEmptySet(lost) ? [] : toPointers(lost, live, MAX_POINTERS);
    return fields.length === 0 ? [] : [{ manager, operation, time, fields }];
  });
}

/** The warning about conflicts that an apply has decided by force; one for the whole object. */
export function conflictWarning(ref: ObjectRef, conflicts: readonly Conflict[]): Problem {
  const each = conflicts.map(({ manager, fields }) => `${fields.join(', ')} from ${manager}`);
  return problem('apply.conflict_forced', `took ${each.join('; ')}`, { where: describeRef(ref) });
}

function entriesOf(object: JsonObject) {
  const metadata = object['metadata'];
  return isJsonObject(metadata) ? managedFieldsOf(metadata) : [];
}
