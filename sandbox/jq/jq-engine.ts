/** jq, as WebAssembly. It takes and gives text, one program and one input per call. */
import jq from 'jq-wasm';
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';

export interface JqEngine {
  /** All that the program puts out for one input. Throws ScriptError. */
  run(program: string, input: Json): Promise<readonly Json[]>;
}

/** Loads the engine by running the smallest program. */
export async function loadJq(): Promise<JqEngine> {
  await jq.raw('null', '.', ['-c']);
  return { run };
}

async function run(program: string, input: Json): Promise<readonly Json[]> {
  // Alone it would put out what came before an error and say nothing of the error.
  const whole = `try {values: [\n${program}\n]} catch {error: (if type == "string" then . else tojson end)}`;
  const text = await jq.raw(JSON.stringify(input), whole, ['-c']).catch((error: unknown) => {
    throw toScriptError(error instanceof Error ? error.message : String(error));
  });
  const result = parseResult(text);
  if (result.values === undefined) throw new ScriptError('script.failed', withoutValues(result.error ?? 'no result'));
  return result.values;
}

function parseResult(text: string): { readonly values?: readonly Json[]; readonly error?: string } {
  try {
    // What the program around the user's puts out.
    return JSON.parse(text) as { readonly values?: readonly Json[]; readonly error?: string };
  } catch {
    throw new ScriptError('script.failed', 'the program ended before its result');
  }
}

function toScriptError(message: string): Error {
  const text = message.replace(/^Failed to execute raw query: /, '');
  if (/compile error|syntax error/.test(text)) return new ScriptError('script.syntax', text.split('\n')[0] ?? text);
  if (/abort|memory|RuntimeError|unreachable/i.test(text)) return new Error(text);
  return new ScriptError('script.failed', withoutValues(text));
}

/** jq shows the values that it could not work with, which may be secret. */
const withoutValues = (text: string): string => text.replace(/\(.*\)/gs, '(…)');
