/**
 * A program's tree as functions. A filter is called with its input and calls back once for each output, so a value on its way costs a call and
 * nothing is gathered that need not be.
 *
 * Stopping early (`first`, `limit`, `break`) is an exception of its own, which passes every `try`. A `try` catches what its body throws, not what is
 * thrown by those who were given its outputs: that goes on as Passed (jq-flow.ts).
 */
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';
import { type Compile, compileBind, compileForeach, compileReduce } from './jq-bindings.ts';
import {
  Break,
  caught,
  collect,
  collectPaths,
  type Emit,
  type Env,
  type Filter,
  find,
  firstOf,
  further,
  knows,
  made,
  NOWHERE,
  type Path,
  type Routine,
  type Scope,
} from './jq-flow.ts';
import { deletePaths, entriesOf, getPath, type Owned, setPath, stepInto } from './jq-paths.ts';
import type { Definition, Node, Operator } from './jq-syntax.ts';
import { define, isTrue, JqError, operate, typeOf } from './jq-values.ts';

/** Functions that are there without being defined, by `name/arity`. */
export interface Builtins {
  native(name: string): ((args: readonly Filter[]) => Filter) | undefined;
  definition(name: string): Definition | undefined;
  format(name: string, value: Json): string;
}

/** Takes a program's tree; gives it as one filter. Throws ScriptError for names that nobody defined. */
export function compileJq(program: Node, builtins: Builtins): Filter {
  return new Compiler(builtins).compile(program, undefined);
}

class Compiler {
  private readonly builtins: Builtins;
  private readonly defined = new Map<string, Routine>();

  private readonly part: Compile = (node, scope) => this.compile(node, scope);

  constructor(builtins: Builtins) {
    this.builtins = builtins;
  }

  compile(node: Node, scope: Scope): Filter {
    switch (node.t) {
      case 'identity':
        return (_env, value, path, emit) => emit(value, path);
      case 'literal':
        return (_env, _value, path, emit) => emit(node.value, made(path));
      case 'string':
        return this.string(node, scope);
      case 'format':
        return (_env, value, path, emit) => emit(this.builtins.format(node.name, value), made(path));
      case 'variable':
        return this.variable(node.name, scope);
      case 'array': {
        const body = node.body === undefined ? undefined : this.compile(node.body, scope);
        return (env, value, path, emit) => emit(body === undefined ? [] : collect(body, env, value), made(path));
      }
      case 'object':
        return this.object(node, scope);
      case 'index':
        return this.index(node, scope);
      case 'slice':
        return this.slice(node, scope);
      case 'iterate': {
        const of = this.compile(node.of, scope);
        return (env, input, where, emit) =>
          of(env, input, where, (value, path) => {
            if (path === NOWHERE) throw new JqError(`invalid path on iterating against: ${typeOf(value)}`);
            if (node.optional && (typeof value !== 'object' || value === null)) return;
            for (const [key, item] of entriesOf(value)) emit(item, further(path, value, key));
          });
      }
      case 'try':
        return this.attempt(node, scope);
      case 'pipe': {
        const left = this.compile(node.left, scope);
        const right = this.compile(node.right, scope);
        return (env, input, where, emit) => left(env, input, where, (value, path) => right(env, value, path, emit));
      }
      case 'comma': {
        const left = this.compile(node.left, scope);
        const right = this.compile(node.right, scope);
        return (env, value, path, emit) => {
          left(env, value, path, emit);
          right(env, value, path, emit);
        };
      }
      case 'and':
      case 'or': {
        const left = this.compile(node.left, scope);
        const right = this.compile(node.right, scope);
        const decides = node.t === 'or';
        return (env, value, path, emit) =>
          left(env, value, undefined, (l) => {
            if (isTrue(l) === decides) emit(decides, made(path));
            else right(env, value, undefined, (r) => emit(isTrue(r), made(path)));
          });
      }
      case 'alternative':
        return this.alternative(node, scope);
      case 'operator': {
        const left = this.compile(node.left, scope);
        const right = this.compile(node.right, scope);
        return (env, value, path, emit) =>
          right(env, value, undefined, (r) => left(env, value, undefined, (l) => emit(operate(node.op, l, r), made(path))));
      }
      case 'update':
        return this.update(node, scope);
      case 'negate': {
        const body = this.compile(node.body, scope);
        return (env, input, path, emit) =>
          body(env, input, undefined, (value) => {
            if (typeof value !== 'number') throw new JqError(`cannot negate: ${typeOf(value)}`);
            emit(-value, made(path));
          });
      }
      case 'if': {
        const test = this.compile(node.test, scope);
        const then = this.compile(node.then, scope);
        const otherwise = this.compile(node.otherwise ?? { t: 'identity' }, scope);
        return (env, value, path, emit) =>
          test(env, value, undefined, (decision) => (isTrue(decision) ? then : otherwise)(env, value, path, emit));
      }
      case 'reduce':
        return compileReduce(node, scope, this.part);
      case 'foreach':
        return compileForeach(node, scope, this.part);
      case 'bind':
        return compileBind(node, scope, this.part);
      case 'define':
        return this.define(node, scope);
      case 'call':
        return this.call(node, scope);
      case 'label': {
        const name = `*${node.name}`;
        const body = this.compile(node.body, { name, next: scope });
        return (env, value, path, emit) => {
          const out = new Break();
          try {
            // The exception itself is what the name stands for: a filter that throws it.
            const filter: Filter = () => {
              throw out;
            };
            body({ name, filter, next: env }, value, path, emit);
          } catch (error) {
            if (error !== out) throw error;
          }
        };
      }
      case 'break': {
        const name = `*${node.name}`;
        if (!knows(scope, name)) throw new ScriptError('script.syntax', `label not defined: $${node.name}`);
        return (env, value, path, emit) => find(env, name).filter?.(undefined, value, path, emit);
      }
    }
  }

  private string(node: Node & { readonly t: 'string' }, scope: Scope): Filter {
    const [only = ''] = node.parts;
    if (node.parts.length <= 1 && typeof only === 'string') return (_env, _value, path, emit) => emit(only, made(path));
    const parts = node.parts.map((part) => (typeof part === 'string' ? part : this.compile(part, scope)));
    const show = (value: Json) =>
      node.format === undefined ? this.builtins.format('text', value) : this.builtins.format(node.format, value);
    return (env, input, path, emit) => {
      // The first changes fastest.
      const from = (at: number, text: string): void => {
        const part = parts[at];
        if (part === undefined) emit(text, made(path));
        else if (typeof part === 'string') from(at - 1, part + text);
        else part(env, input, undefined, (value) => from(at - 1, show(value) + text));
      };
      from(parts.length - 1, '');
    };
  }

  private variable(name: string, scope: Scope): Filter {
    const full = `$${name}`;
    if (knows(scope, full)) return (env, _value, path, emit) => emit(find(env, full).value ?? null, made(path));
    // What jq would tell of its surroundings: there are none.
    if (name === 'ENV') return (_env, _value, path, emit) => emit({}, made(path));
    if (name === '__loc__') return (_env, _value, path, emit) => emit({ file: '<top-level>', line: 1 }, made(path));
    throw new ScriptError('script.syntax', `variable not defined: ${full}`);
  }

  private object(node: Node & { readonly t: 'object' }, scope: Scope): Filter {
    const entries = node.entries.map(
      ({ key, value }) => [this.compile(key, scope), value === undefined ? undefined : this.compile(value, scope)] as const,
    );
    return (env, input, path, emit) => {
      const from = (at: number, object: Readonly<Record<string, Json>>): void => {
        const entry = entries[at];
        if (entry === undefined) {
          emit(object, made(path));
          return;
        }
        entry[0](env, input, undefined, (key) => {
          if (typeof key !== 'string') throw new JqError(`expected a string for object key but got: ${typeOf(key)}`);
          const withValue = (value: Json): void => {
            const next = { ...object };
            define(next, key, value);
            from(at + 1, next);
          };
          if (entry[1] === undefined) withValue(stepInto(input, key));
          else entry[1](env, input, undefined, withValue);
        });
      };
      from(0, {});
    };
  }

  private index({ of: from, key, optional }: Node & { readonly t: 'index' }, scope: Scope): Filter {
    const of = this.compile(from, scope);
    const step = optional ? forgiving : reached;
    if (key.t === 'string' && key.parts.length === 1 && typeof key.parts[0] === 'string') {
      const [name] = key.parts;
      return (env, input, where, emit) => of(env, input, where, (value, path) => step(value, path, { key: name, emit }));
    }
    const keys = this.compile(key, scope);
    return (env, input, where, emit) =>
      keys(env, input, undefined, (one) => of(env, input, where, (value, path) => step(value, path, { key: one, emit })));
  }

  private slice(node: Node & { readonly t: 'slice' }, scope: Scope): Filter {
    const nothing: Node = { t: 'literal', value: null };
    const step = node.optional ? forgiving : reached;
    const of = this.compile(node.of, scope);
    const from = this.compile(node.from ?? nothing, scope);
    const to = this.compile(node.to ?? nothing, scope);
    return (env, input, where, emit) =>
      from(env, input, undefined, (start) =>
        to(env, input, undefined, (end) =>
          of(env, input, where, (value, path) => step(value, path, { key: { start, end }, emit })),
        ),
      );
  }

  private attempt(node: Node & { readonly t: 'try' }, scope: Scope): Filter {
    const body = this.compile(node.body, scope);
    const rescue = node.rescue === undefined ? undefined : this.compile(node.rescue, scope);
    return (env, input, where, emit) => {
      const error = caught(body, { env, input, where, emit });
      if (error !== undefined) rescue?.(env, error.value, made(where), emit);
    };
  }

  private alternative(node: Node & { readonly t: 'alternative' }, scope: Scope): Filter {
    const left = this.compile(node.left, scope);
    const right = this.compile(node.right, scope);
    return (env, input, where, emit) => {
      let found = false;
      caught(left, {
        env,
        input,
        where,
        emit: (value, path) => {
          if (!isTrue(value)) return;
          found = true;
          emit(value, path);
        },
      });
      if (!found) right(env, input, where, emit);
    };
  }

  private update(node: Node & { readonly t: 'update' }, scope: Scope): Filter {
    const left = this.compile(node.left, scope);
    const right = this.compile(node.right, scope);
    if (node.op === '|')
      return (env, input, where, emit) => {
        const gone: (readonly Json[])[] = [];
        const owned: Owned = new Set();
        const changed = collectPaths(left, env, input).reduce<Json>((value, path) => {
          const old = getPath(value, path);
          // The filter may put what it gets in two places: then it must not be changed in place any more.
          if (typeof old === 'object' && old !== null && owned.has(old)) owned.clear();
          const result = firstOf(right, env, old, undefined);
          if (result !== undefined) return setPath(value, path, result.value, owned);
          gone.push(path);
          return value;
        }, input);
        emit(deletePaths(changed, gone), made(where));
      };
    const change = changeBy(node.op);
    return (env, input, where, emit) =>
      right(env, input, undefined, (operand) => {
        const owned: Owned = new Set();
        const changed = collectPaths(left, env, input).reduce<Json>((value, path) => {
          const old = getPath(value, path);
          if (typeof old === 'object' && old !== null && owned.has(old)) owned.clear();
          return setPath(value, path, change(old, operand), owned);
        }, input);
        emit(changed, made(where));
      });
  }

  private define({ definition, body }: Node & { readonly t: 'define' }, scope: Scope): Filter {
    const name = `${definition.name}/${definition.params.length}`;
    const known: Scope = { name, next: scope };
    const routine = { params: definition.params, body: this.compile(definition.body, withParams(definition.params, known)) };
    const rest = this.compile(body, known);
    return (env, value, path, emit) => rest({ name, routine, next: env }, value, path, emit);
  }

  private call(node: Node & { readonly t: 'call' }, scope: Scope): Filter {
    const name = `${node.name}/${node.args.length}`;
    const args = node.args.map((arg) => this.compile(arg, scope));
    if (knows(scope, name))
      return (env, value, path, emit) => {
        const bound = find(env, name);
        if (bound.filter !== undefined) bound.filter(bound.env, value, path, emit);
        else if (bound.routine !== undefined) invoke(bound.routine, bound, { args, env, value, path, emit });
      };
    const native = this.builtins.native(name);
    if (native !== undefined) return native(args);
    const routine = this.builtin(name);
    return (env, value, path, emit) => invoke(routine, undefined, { args, env, value, path, emit });
  }

  /** A builtin that is written in jq, compiled when it is first used. It may use itself. */
  private builtin(name: string): Routine {
    const known = this.defined.get(name);
    if (known !== undefined) return known;
    const definition = this.builtins.definition(name);
    if (definition === undefined) throw new ScriptError('script.syntax', `function not defined: ${name}`);
    const routine: Routine = { params: definition.params, body: () => undefined };
    this.defined.set(name, routine);
    routine.body = this.compile(definition.body, withParams(definition.params, undefined));
    return routine;
  }
}

interface Step {
  readonly key: Json;
  readonly emit: Emit;
}

function reached(value: Json, path: Path, { key, emit }: Step): void {
  emit(stepInto(value, key), further(path, value, key));
}

/** A step with `?`: where it cannot be made, nothing comes. */
function forgiving(value: Json, path: Path, { key, emit }: Step): void {
  let inner: Json;
  try {
    inner = stepInto(value, key);
  } catch (error) {
    if (error instanceof JqError) return;
    throw error;
  }
  emit(inner, further(path, value, key));
}

interface Call {
  readonly args: readonly Filter[];
  readonly env: Env;
  readonly value: Json;
  readonly path: Path;
  readonly emit: Emit;
}

/** Runs a routine where it was defined, with its parameters bound: filters as they are, values one after the other. */
function invoke(routine: Routine, home: Env, { args, env: caller, value, path, emit }: Call): void {
  const from = (at: number, env: Env): void => {
    const param = routine.params[at];
    const arg = args[at];
    if (param === undefined || arg === undefined) routine.body(env, value, path, emit);
    else if (!param.startsWith('$')) from(at + 1, { name: `${param}/0`, filter: arg, env: caller, next: env });
    else
      arg(caller, value, undefined, (given) => {
        from(at + 1, { name: param, value: given, next: { name: `${param.slice(1)}/0`, filter: arg, env: caller, next: env } });
      });
  };
  from(0, home);
}

function changeBy(op: Operator | '//' | '='): (old: Json, operand: Json) => Json {
  if (op === '=') return (_, operand) => operand;
  if (op === '//') return (old, operand) => (isTrue(old) ? old : operand);
  return (old, operand) => operate(op, old, operand);
}

function withParams(params: readonly string[], scope: Scope): Scope {
  return params
    .flatMap((param) => (param.startsWith('$') ? [param, `${param.slice(1)}/0`] : [`${param}/0`]))
    .reduce<Scope>((next, name) => ({ name, next }), scope);
}
