/**
 * What a process and its sandbox say to each other. One job is under way at a time, so that the time a program takes is its own.
 */
import type { Json } from '../core/objects/object.ts';

export type Engine = 'lua' | 'jq' | 'cel';

/** One program and what it is given. `load` only makes an engine ready: its time is not the program's. */
export type Job =
  | { readonly kind: 'load'; readonly engine: Engine }
  | { readonly kind: 'lua'; readonly script: string; readonly object: Json; readonly openLibs: boolean }
  | { readonly kind: 'jq'; readonly program: string; readonly input: Json }
  | { readonly kind: 'cel'; readonly expression: string; readonly variables: Json }
  | { readonly kind: 'cel-first'; readonly expressions: readonly string[]; readonly variables: Json };

/** The result as JSON text, or why there is none. `spent` asks for a new process: this one is broken or has grown. `computedMicros`
 * is what the process has computed since it began. */
export type Answer = { readonly spent: boolean; readonly computedMicros: number } & (
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly code: ScriptCode; readonly message: string }
);

/** The program is not in its language; it ran and failed; it was stopped. */
export type ScriptCode = 'script.syntax' | 'script.failed' | 'script.limit';

/** Thrown inside the sandbox by an engine; becomes an answer, then a Problem. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly code: ScriptCode;
  constructor(code: ScriptCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Limits that the sandbox's process itself keeps. */
export interface Limits {
  /** Bytes of one result as JSON. */
  readonly outputBytes: number;
  /** Bytes that the memory of one engine may grow to. */
  readonly memoryBytes: number;
}
