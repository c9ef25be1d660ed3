import type { ResourceAction } from '../api/tree.ts';
import { stringAt } from '../health/fields.ts';
import { describeRef, groupOf, type JsonObject, type ObjectRef } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { ActionEffect, ActionKind, ActionRequest } from './action-kind.ts';
import { ACTIONS } from './action-table.ts';

/** What Git says of the object, where that matters. */
export interface GitSays {
  /** True when Git sets the field (a JSON pointer) and drift is healed: what is done to it would be undone at once. */
  readonly takesBack: (field: string) => boolean;
}

const MAX_REPLICAS = 100_000;

/** Takes a live object and what Git says of it; gives what can be done to it, with the reason for what cannot be done now. */
export function listActions(object: JsonObject, git: GitSays): ResourceAction[] {
  const deleting = stringAt(object, 'metadata.deletionTimestamp') === '' ? undefined : 'it is being deleted';
  return actionsOf(object).map((action) => {
    const disabled = deleting ?? whyNot(action, object, git);
    const defaults = action.defaults?.(object) ?? {};
    const parameters = action.parameters?.map(({ name, type }) => {
      const value = defaults[name];
      return value === undefined ? { name, type } : { name, type, default: value };
    });
    return {
      name: action.name,
      title: action.title,
      ...(disabled === undefined ? {} : { disabled }),
      ...(parameters === undefined ? {} : { parameters }),
    };
  });
}

/** The names of what can be done to a kind, whatever its state: `restart`, … */
export function actionNames(ref: Pick<ObjectRef, 'group' | 'kind'>): string[] {
  return (ACTIONS.get(`${ref.group}/${ref.kind}`) ?? []).map(({ name }) => name);
}

/**
 * What an action comes to. Fails with `action.unknown` (the kind has no such action), `action.disabled` (not in this state), `action.invalid`
 * (a parameter is missing or wrong).
 */
export function planAction(
  object: JsonObject,
  ref: ObjectRef,
  ask: { readonly name: string; readonly request: ActionRequest; readonly git: GitSays },
): Result<ActionEffect, Problem> {
  const where = describeRef(ref);
  const action = actionsOf(object).find(({ name }) => name === ask.name);
  if (action === undefined) return err(problem('action.unknown', `${ref.kind} has no action ${ask.name}`, { where }));
  const wrong = action.parameters?.find(({ name, type, required }) => !isParameter(ask.request.parameters[name], type, required));
  if (wrong !== undefined)
    return err(
      problem('action.invalid', `parameter ${wrong.name} has to be a whole number from 0 to ${MAX_REPLICAS}`, { where }),
    );
  const disabled =
    stringAt(object, 'metadata.deletionTimestamp') === '' ? whyNot(action, object, ask.git) : 'it is being deleted';
  if (disabled !== undefined) return err(problem('action.disabled', `${action.name} is not possible: ${disabled}`, { where }));
  return ok(action.effect(object, ask.request));
}

function actionsOf(object: JsonObject): readonly ActionKind[] {
  return ACTIONS.get(`${groupOf(stringAt(object, 'apiVersion'))}/${stringAt(object, 'kind')}`) ?? [];
}

function whyNot(action: ActionKind, object: JsonObject, git: GitSays): string | undefined {
  if (action.field !== undefined && git.takesBack(action.field))
    return `Git sets ${action.field.slice(1).replaceAll('/', '.')}, and self-heal would take it back: change it in Git`;
  return action.disabled?.(object);
}

function isParameter(value: unknown, type: 'integer' | 'text', required: boolean): boolean {
  if (value === undefined) return !required;
  if (type === 'text') return typeof value === 'string' && value.length <= 253;
  const number = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MAX_REPLICAS;
}
