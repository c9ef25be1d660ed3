/**
 * What flows through a compiled program: filters, the names that are bound, the paths of values, and the two exceptions that are no errors.
 *
 * With every value goes the path by which it was reached, when somebody asked for paths (`path(f)`, `del(f)`, assignments): undefined when nobody
 * did, NOWHERE for a value that was made and not reached.
 */
import type { Json } from '../../core/objects/object.ts';
import { JqError, typeOf } from './jq-values.ts';

export type Emit = (value: Json, path: Path) => void;
export type Filter = (env: Env, value: Json, path: Path, emit: Emit) => void;

/** The steps to a value, last one first. */
export type Path = Steps | undefined;
interface Steps {
  readonly before: Steps | undefined;
  readonly key: Json;
}
export const ROOT: Steps = { before: undefined, key: null };
export const NOWHERE: Steps = { before: undefined, key: null };

/** What names mean at a place, innermost first: `$x` and `f/1`. */
export type Env = Bound | undefined;
export interface Bound {
  readonly name: string;
  readonly value?: Json;
  /** Of a parameter that is a filter. */
  readonly filter?: Filter;
  readonly env?: Env;
  /** Of a definition. */
  readonly routine?: Routine;
  readonly next: Env;
}

export interface Routine {
  readonly params: readonly string[];
  body: Filter;
}

/** Which names are known where a piece of the program stands. */
export type Scope = { readonly name: string; readonly next: Scope } | undefined;

export class Break extends Error {
  override readonly name = 'Break';
}

class Passed extends Error {
  override readonly name = 'Passed';
  readonly reason: JqError;
  /** The `try` that it passes. */
  readonly by: object;
  constructor(reason: JqError, by: object) {
    super('passed');
    this.reason = reason;
    this.by = by;
  }
}

/** The path of a value that a filter made. */
export const made = (path: Path): Path => (path === undefined ? undefined : NOWHERE);

/** The path one step further. */
export function further(path: Path, value: Json, key: Json): Path {
  if (path === undefined) return undefined;
  if (path === NOWHERE) throw new JqError(`invalid path against: ${typeOf(value)}`);
  return { before: path, key };
}

/** The path as an array. */
export function toArray(path: Path, value: Json): readonly Json[] {
  if (path === NOWHERE) throw new JqError(`invalid path against: ${typeOf(value)}`);
  const steps: Json[] = [];
  for (let at = path; at?.before !== undefined; at = at.before) steps.push(at.key);
  return steps.reverse();
}

/** All outputs of a filter. */
export function collect(filter: Filter, env: Env, value: Json): Json[] {
  const found: Json[] = [];
  filter(env, value, undefined, (output) => found.push(output));
  return found;
}

/** All paths that a filter reaches. */
export function collectPaths(filter: Filter, env: Env, value: Json): (readonly Json[])[] {
  const found: (readonly Json[])[] = [];
  filter(env, value, ROOT, (output, path) => found.push(toArray(path, output)));
  return found;
}

/** The first output of a filter, when there is one. */
export function firstOf(
  filter: Filter,
  env: Env,
  value: Json,
  path: Path,
): { readonly value: Json; readonly path: Path } | undefined {
  const enough = new Break();
  let found: { value: Json; path: Path } | undefined;
  try {
    filter(env, value, path, (output, where) => {
      found = { value: output, path: where };
      throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return found;
}

/** Runs a filter and gives the error that it threw itself, if any. */
export function caught(
  body: Filter,
  call: { readonly env: Env; readonly input: Json; readonly where: Path; readonly emit: Emit },
): JqError | undefined {
  try {
    body(call.env, call.input, call.where, (value, path) => {
      try {
        call.emit(value, path);
      } catch (error) {
        throw error instanceof JqError ? new Passed(error, call) : error;
      }
    });
    return undefined;
  } catch (error) {
    if (error instanceof Passed && error.by === call) throw error.reason;
    if (error instanceof JqError) return error;
    throw error;
  }
}

export function find(env: Env, name: string): Bound {
  for (let at = env; at !== undefined; at = at.next) if (at.name === name) return at;
  throw new Error(`${name} was known when the program was compiled`);
}

export function knows(scope: Scope, name: string): boolean {
  for (let at = scope; at !== undefined; at = at.next) if (at.name === name) return true;
  return false;
}
