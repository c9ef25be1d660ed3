/** Builtins that decide what goes on: they run their arguments themselves and let paths through. */
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';
import { Break, type Emit, type Filter, firstOf, further, made, type Path, ROOT, toArray } from './jq-flow.ts';
import { deletePaths, entriesOf, getPath, setPath } from './jq-paths.ts';
import { isArray, isTrue, JqError, typeOf } from './jq-values.ts';

/** A builtin: from its arguments to a filter. */
export type Native = (args: readonly Filter[]) => Filter;

/** A builtin of values: called once for each combination of what the arguments give, the last one slowest. */
export function pure(compute: (value: Json, ...args: Json[]) => Json): Native {
  return (args) => (env, value, path, emit) => {
    const from = (at: number, given: readonly Json[]): void => {
      const arg = args[at];
      if (arg === undefined) emit(compute(value, ...given), made(path));
      else arg(env, value, undefined, (one) => from(at - 1, [one, ...given]));
    };
    from(args.length - 1, []);
  };
}

export const wrong = (name: string, value: Json): JqError => new JqError(`${name} cannot be applied to: ${typeOf(value)}`);

/** By `name/arity`. */
export const CONTROL: Readonly<Record<string, Native>> = {
  'empty/0': () => () => undefined,
  'error/0': () => (_env, value) => {
    throw new JqError(value);
  },
  'error/1':
    ([message]) =>
    (env, value) =>
      message?.(env, value, undefined, (reason) => {
        throw new JqError(reason);
      }),
  'path/1':
    ([f]) =>
    (env, value, path, emit) =>
      f?.(env, value, ROOT, (reached, where) => emit(toArray(where, reached), made(path))),
  'recurse/0': () => (_env, value, path, emit) => descend(value, path, emit),
  'getpath/1':
    ([f]) =>
    (env, value, path, emit) =>
      f?.(env, value, undefined, (steps) => {
        if (!isArray(steps)) throw wrong('getpath', steps);
        const where = steps.reduce<Path>((at, key) => further(at, value, key), path);
        emit(getPath(value, steps), where);
      }),
  'first/1':
    ([f]) =>
    (env, value, path, emit) => {
      const found = f === undefined ? undefined : firstOf(f, env, value, path);
      if (found !== undefined) emit(found.value, found.path);
    },
  'last/1':
    ([f]) =>
    (env, value, path, emit) => {
      let found: { value: Json; path: Path } | undefined;
      f?.(env, value, path, (one, where) => {
        found = { value: one, path: where };
      });
      if (found !== undefined) emit(found.value, found.path);
    },
  'limit/2':
    ([count, f]) =>
    (env, value, path, emit) =>
      count?.(env, value, undefined, (most) => limit(most, { run: (pass) => f?.(env, value, path, pass), emit })),
  'skip/2':
    ([count, f]) =>
    (env, value, path, emit) =>
      count?.(env, value, undefined, (n) => {
        let left = counted(n, 'skip');
        f?.(env, value, path, (one, where) => {
          left -= 1;
          if (left < 0) emit(one, where);
        });
      }),
  'until/2':
    ([done, next]) =>
    (env, value, path, emit) => {
      const again = (at: Json, where: Path): void => {
        let state: { value: Json; path: Path } | undefined = { value: at, path: where };
        while (state !== undefined && done !== undefined && next !== undefined) {
          const { value: now, path: here }: { value: Json; path: Path } = state;
          const decisions: Json[] = [];
          done(env, now, undefined, (decision) => decisions.push(decision));
          const [decision = null] = decisions;
          if (decisions.length === 0) return;
          if (isTrue(decision)) {
            emit(now, here);
            return;
          }
          state = firstOf(next, env, now, here);
        }
      };
      again(value, path);
    },
  'range/3':
    ([from, to, by]) =>
    (env, value, path, emit) =>
      by?.(env, value, undefined, (step) =>
        to?.(env, value, undefined, (end) =>
          from?.(env, value, undefined, (start) => {
            if (typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number')
              throw new JqError('range cannot be applied to what is no number');
            if (step > 0) for (let at = start; at < end; at += step) emit(at, made(path));
            else if (step < 0) for (let at = start; at > end; at += step) emit(at, made(path));
            else if (start < end) throw new JqError('range cannot have a step of zero');
          }),
        ),
      ),
  'delpaths/1': pure((value, paths) => {
    if (!isArray(paths)) throw wrong('delpaths', paths);
    return deletePaths(value, paths);
  }),
  'setpath/2': pure((value, steps, inner) => {
    if (!isArray(steps)) throw wrong('setpath', steps);
    return setPath(value, steps, inner);
  }),
  'input/0': () => () => {
    throw new JqError('input(s)/0 is not allowed');
  },
  'debug/0': () => (_env, value, path, emit) => emit(value, path),
  'stderr/0': () => (_env, value, path, emit) => emit(value, path),
  'halt/0': () => () => {
    throw new ScriptError('script.failed', 'halt is not allowed');
  },
};

function descend(value: Json, path: Path, emit: Emit): void {
  emit(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of entriesOf(value)) descend(item, further(path, value, key), emit);
}

function counted(n: Json, name: string): number {
  if (typeof n !== 'number') throw wrong(name, n);
  if (n < 0) throw new JqError(`${name} doesn't support negative count`);
  return n;
}

function limit(most: Json, { run, emit }: { readonly run: (emit: Emit) => void; readonly emit: Emit }): void {
  let left = counted(most, 'limit');
  if (left <= 0) return;
  const enough = new Break();
  try {
    run((one, where) => {
      left -= 1;
      emit(one, where);
      if (left <= 0) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
}
