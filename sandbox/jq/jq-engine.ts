/**
 * jq, as Argo CD's users write it in `jqPathExpressions`. Written here because what is ready-made does not fit: jq itself as WebAssembly is half a
 * megabyte in every install manifest and reads its input byte by byte (seconds for an object of 200 kB), where this needs microseconds.
 *
 *   text → tokens (jq-tokens) → tree (parse-jq) → filters (jq-compile, jq-builtins) → outputs
 *
 * Differences from gojq, which Argo CD uses: whole numbers beyond 2^53 lose digits, there are no modules and no further inputs, and texts of
 * errors name types where gojq quotes values.
 */
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';
import { BUILTINS } from './jq-builtins.ts';
import { compileJq } from './jq-compile.ts';
import { Break, collect, type Filter } from './jq-flow.ts';
import { JqError } from './jq-values.ts';
import { parseJq } from './parse-jq.ts';

export interface JqEngine {
  /** All that the program puts out for one input. Throws ScriptError. */
  run(program: string, input: Json): readonly Json[];
}

const KEPT_PROGRAMS = 200;

/** An engine; compiled programs are kept. */
export function loadJq(): JqEngine {
  const programs = new Map<string, Filter>();
  return {
    run(text, input) {
      const program = programs.get(text) ?? compileJq(parseJq(text), BUILTINS);
      const [oldest] = programs.keys();
      if (programs.size >= KEPT_PROGRAMS && oldest !== undefined) programs.delete(oldest);
      programs.set(text, program);
      try {
        return collect(program, undefined, input);
      } catch (error) {
        if (error instanceof JqError) throw new ScriptError('script.failed', error.message);
        if (error instanceof RangeError) throw new ScriptError('script.limit', 'the program is nested too deeply');
        if (error instanceof Break) throw new ScriptError('script.failed', 'break');
        throw error;
      }
    },
  };
}
