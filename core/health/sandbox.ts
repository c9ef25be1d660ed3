import type { Json, JsonObject } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import type { Result } from '../result.ts';

/**
 * What runs programs that users write, as its callers see it; sandbox/sandbox.ts makes one. Every failure is a Problem: `script.syntax`,
 * `script.failed` or `script.limit`.
 */
export interface Sandbox {
  /**
   * Runs a health script of Argo CD with the object as the global `obj`; gives what it returns, null for nothing.
   * Without `openLibs` it has only what Argo CD gives: the base functions and `table`.
   */
  lua(script: string, object: JsonObject, options?: { readonly openLibs?: boolean }): Promise<Result<Json, Problem>>;
  /** Runs a jq program on one input; gives all that it puts out. */
  jq(program: string, input: Json): Promise<Result<readonly Json[], Problem>>;
  /** Evaluates a CEL expression; each key of `variables` is a variable. */
  cel(expression: string, variables: JsonObject): Promise<Result<Json, Problem>>;
  /** Evaluates CEL expressions in turn; gives the position of the first that is true, -1 when none is. One that is no boolean fails. */
  firstTrue(expressions: readonly string[], variables: JsonObject): Promise<Result<number, Problem>>;
  /** Ends what runs; programs under way and later ones fail with `script.limit`. */
  close(): void;
}

/** Limits; sensible ones where absent. */
export interface SandboxOptions {
  /** Milliseconds that one program may compute; ten times as long by the clock when the machine is busy. */
  readonly wallMs?: number;
  /** Milliseconds without programs after which the process is let go. */
  readonly idleMs?: number;
  readonly memoryBytes?: number;
  readonly outputBytes?: number;
}
