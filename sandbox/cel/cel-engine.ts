/**
 * CEL as Flux sets it up (fluxcd/pkg, runtime/cel/expression.go): expressions are parsed and not type-checked, since any field may be a variable.
 */
import { type CelValue, celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';
import { fromCel, toVariables, type Variables } from './cel-data.ts';
import { EXTENSIONS } from './cel-functions.ts';
import { OPTIONAL_FUNCTIONS, rewriteOptionals } from './cel-optional.ts';

export interface CelEngine {
  /** The value of an expression as JSON; each key of `variables` is a variable. Throws ScriptError. */
  evaluate(expression: string, variables: Json): Json;
  /** The position of the first expression that is true, -1 when none is. Throws ScriptError, also for one that is no boolean. */
  firstTrue(expressions: readonly string[], variables: Json): number;
}

type Program = ReturnType<typeof plan>;

const KEPT_PROGRAMS = 200;

/** An engine; compiled expressions are kept. */
export function loadCel(): CelEngine {
  const env = celEnv({ funcs: [...strings, ...EXTENSIONS, ...OPTIONAL_FUNCTIONS] });
  const programs = new Map<string, Program>();

  function compile(expression: string): Program {
    const known = programs.get(expression);
    if (known !== undefined) return known;
    let program: Program;
    try {
      program = plan(env, parse(rewriteOptionals(expression)));
    } catch (error) {
      throw isTooDeep(error) ?? new ScriptError('script.syntax', `${quote(expression)}: ${messageOf(error)}`);
    }
    const [oldest] = programs.keys();
    if (programs.size >= KEPT_PROGRAMS && oldest !== undefined) programs.delete(oldest);
    programs.set(expression, program);
    return program;
  }

  function value(expression: string, variables: Variables): CelValue {
    const program = compile(expression);
    let result: ReturnType<Program>;
    try {
      result = program(variables);
    } catch (error) {
      throw isTooDeep(error) ?? new ScriptError('script.failed', `${quote(expression)}: ${messageOf(error)}`);
    }
    if (isCelError(result)) throw new ScriptError('script.failed', `${quote(expression)}: ${result.message}`);
    return result;
  }

  return {
    evaluate: (expression, variables) => fromCel(value(expression, toVariables(variables))),
    firstTrue(expressions, variables) {
      const given = toVariables(variables);
      // All are compiled first: a mistake in one is told whatever the others say.
      for (const expression of expressions) compile(expression);
      return expressions.findIndex((expression) => {
        const result = value(expression, given);
        if (typeof result !== 'boolean') throw new ScriptError('script.failed', `${quote(expression)} is no boolean`);
        return result;
      });
    },
  };
}

const quote = (expression: string): string =>
  JSON.stringify(expression.length > 200 ? `${expression.slice(0, 200)}…` : expression);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function isTooDeep(error: unknown): ScriptError | undefined {
  return error instanceof RangeError ? new ScriptError('script.limit', 'the expression is nested too deeply') : undefined;
}
