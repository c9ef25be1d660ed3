import { err, ok, type Result } from '../result.ts';
import { OutOfSteps, type StepBudget } from './shell-pattern.ts';
import { type ExpressionNode, parseExpressions } from './variable-expression.ts';
import { applyFunction } from './variable-functions.ts';

/** A value for `${name}`; `secret` when it comes from a Secret. */
export interface Variable {
  readonly value: string;
  readonly secret: boolean;
}

export type Variables = ReadonlyMap<string, Variable>;

export interface Expanded {
  readonly text: string;
  /** The pieces of the text that were made of secret values. */
  readonly secrets: readonly string[];
}

const MAX_LENGTH = 4_000_000;
const MAX_STEPS = 20_000_000;

/** What may still be spent on the texts of one object. */
export interface ExpansionLimits extends StepBudget {
  /** Characters. */
  length: number;
}

/** The limits of one object. */
export function newExpansionLimits(): ExpansionLimits {
  return { steps: MAX_STEPS, length: 2 * MAX_LENGTH };
}

/**
 * Replaces the variable expressions of a text (grammar: variable-expression.ts); a variable that is not set is empty.
 * Fails with a sentence that quotes neither the text nor a value.
 */
export function expandVariables(
  text: string,
  variables: Variables,
  limits: ExpansionLimits = newExpansionLimits(),
): Result<Expanded, string> {
  const parsed = parseExpressions(text);
  if (!parsed.ok) return parsed;
  const expansion: Expansion = { variables, budget: limits };
  const pieces: string[] = [];
  const secrets: string[] = [];
  try {
    for (const node of parsed.value) {
      const piece = evaluate(node, expansion);
      pieces.push(piece.value);
      if (piece.secret && piece.value !== '') secrets.push(piece.value);
    }
  } catch (thrown) {
    if (thrown instanceof OutOfSteps) return err('its variable expressions take too long');
    if (thrown instanceof TooLong) return err(`it becomes longer than ${MAX_LENGTH} characters`);
    throw thrown;
  }
  const expanded = pieces.join('');
  if (/\p{Surrogate}/u.test(expanded)) return err('a position in a variable expression cuts a character in two');
  return ok({ text: expanded, secrets });
}

interface Expansion {
  readonly variables: Variables;
  readonly budget: ExpansionLimits;
}

class TooLong extends Error {}

function evaluate(node: ExpressionNode, expansion: Expansion): Variable {
  if (typeof node === 'string') return measured({ value: node, secret: false }, expansion);
  const args = node.args.map((arg) => evaluate(arg, expansion));
  const { value, secret } = expansion.variables.get(node.variable) ?? { value: '', secret: false };
  const result = applyFunction(
    node.operator,
    value,
    args.map((arg) => arg.value),
    expansion,
  );
  return measured({ value: result, secret: secret || args.some((arg) => arg.secret) }, expansion);
}

/** Counts what is made: a value of a megabyte may be named ten thousand times. */
function measured(piece: Variable, expansion: Expansion): Variable {
  expansion.budget.length -= piece.value.length;
  if (expansion.budget.length < 0) throw new TooLong();
  return piece;
}
