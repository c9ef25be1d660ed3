/** The parts of a program that bind variables: `reduce`, `foreach`, `as`, and what may stand behind them. */
import type { Json } from '../../core/objects/object.ts';
import { caught, type Env, type Filter, type Scope } from './jq-flow.ts';
import { stepInto } from './jq-paths.ts';
import type { Node, Pattern } from './jq-syntax.ts';
import { JqError, typeOf } from './jq-values.ts';

/** Compiles a part with the names that it may use. */
export type Compile = (node: Node, scope: Scope) => Filter;

/** `reduce`: the state goes from item to item; an update that gives nothing leaves it. */
export function compileReduce(node: Node & { readonly t: 'reduce' }, scope: Scope, compile: Compile): Filter {
  const source = compile(node.source, scope);
  const init = compile(node.init, scope);
  const pattern = compilePattern(node.pattern, scope, compile);
  const update = compile(node.update, withVariables([node.pattern], scope));
  return (env, input, where, emit) =>
    init(env, input, where, (first, firstPath) => {
      let value = first;
      let path = firstPath;
      source(env, input, undefined, (item) =>
        pattern(env, item, input, (inner) =>
          update(inner, value, path, (next, nextPath) => {
            value = next;
            path = nextPath;
          }),
        ),
      );
      emit(value, path);
    });
}

/** `foreach`: as `reduce`, and each state is put out. */
export function compileForeach(node: Node & { readonly t: 'foreach' }, scope: Scope, compile: Compile): Filter {
  const source = compile(node.source, scope);
  const init = compile(node.init, scope);
  const pattern = compilePattern(node.pattern, scope, compile);
  const inside = withVariables([node.pattern], scope);
  const update = compile(node.update, inside);
  const extract = node.extract === undefined ? undefined : compile(node.extract, inside);
  return (env, input, where, emit) =>
    init(env, input, where, (first, firstPath) => {
      let value = first;
      let path = firstPath;
      source(env, input, undefined, (item) =>
        pattern(env, item, input, (inner) =>
          update(inner, value, path, (next, nextPath) => {
            value = next;
            path = nextPath;
            if (extract === undefined) emit(next, nextPath);
            else extract(inner, next, nextPath, emit);
          }),
        ),
      );
    });
}

/** `as`: with several patterns, the next is tried where one, or what follows it, fails. */
export function compileBind(node: Node & { readonly t: 'bind' }, scope: Scope, compile: Compile): Filter {
  const source = compile(node.source, scope);
  const all = withVariables(node.patterns, scope);
  const body = compile(node.body, all);
  const patterns = node.patterns.map((pattern) => compilePattern(pattern, all, compile));
  const names = node.patterns.length === 1 ? [] : [...new Set(node.patterns.flatMap(variablesOf))];
  const last = patterns.length - 1;
  return (env, input, where, emit) =>
    source(env, input, undefined, (item) => {
      const blank = names.reduce<Env>((next, name) => ({ name, value: null, next }), env);
      for (const [i, pattern] of patterns.entries()) {
        const run: Filter = (_, value, path, pass) => pattern(blank, item, value, (inner) => body(inner, value, path, pass));
        if (i === last) run(env, input, where, emit);
        else if (caught(run, { env, input, where, emit }) === undefined) return;
      }
    });
}

/** Binds the variables of a pattern to an item; calls on with each result. */
function compilePattern(
  pattern: Pattern,
  scope: Scope,
  compile: Compile,
): (env: Env, item: Json, input: Json, emit: (env: Env) => void) => void {
  switch (pattern.t) {
    case 'variable': {
      const name = `$${pattern.name}`;
      return (env, item, _input, emit) => emit({ name, value: item, next: env });
    }
    case 'array': {
      const elements = pattern.elements.map((element) => compilePattern(element, scope, compile));
      return (env, item, input, emit) => {
        if (item !== null && !Array.isArray(item)) throw new JqError(`expected an array but got: ${typeOf(item)}`);
        const from = (at: number, inner: Env): void => {
          const element = elements[at];
          if (element === undefined) emit(inner);
          else element(inner, stepInto(item, at), input, (next) => from(at + 1, next));
        };
        from(0, env);
      };
    }
    case 'object': {
      const known = withVariables([pattern], scope);
      const entries = pattern.entries.map(({ variable, key, pattern: inner }) => ({
        name: variable === undefined ? undefined : `$${variable}`,
        key: compile(key, known),
        inner: inner === undefined ? undefined : compilePattern(inner, known, compile),
      }));
      return (env, item, input, emit) => {
        const from = (at: number, inner: Env): void => {
          const entry = entries[at];
          if (entry === undefined) {
            emit(inner);
            return;
          }
          entry.key(inner, input, undefined, (key) => {
            if (typeof key !== 'string') throw new JqError(`expected a string for object key but got: ${typeOf(key)}`);
            const value = stepInto(item, key);
            const named: Env = entry.name === undefined ? inner : { name: entry.name, value, next: inner };
            if (entry.inner === undefined) from(at + 1, named);
            else entry.inner(named, value, input, (next) => from(at + 1, next));
          });
        };
        from(0, env);
      };
    }
  }
}

function withVariables(patterns: readonly Pattern[], scope: Scope): Scope {
  return patterns.flatMap(variablesOf).reduce<Scope>((next, name) => ({ name, next }), scope);
}

function variablesOf(pattern: Pattern): readonly string[] {
  if (pattern.t === 'variable') return [`$${pattern.name}`];
  if (pattern.t === 'array') return pattern.elements.flatMap(variablesOf);
  return pattern.entries.flatMap(({ variable, pattern: inner }) => [
    ...(variable === undefined ? [] : [`$${variable}`]),
    ...(inner === undefined ? [] : variablesOf(inner)),
  ]);
}
