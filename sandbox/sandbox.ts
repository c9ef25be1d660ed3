/**
 * Programs that users write (Lua, jq, CEL), run where they can do no harm: in a process of their own without files, environment and rights,
 * ended when it takes too long or too much (threat S20).
 *
 * - The process starts with the first program and ends when none came for a while, so that its memory is given back.
 * - One program runs at a time; the others wait, slow ones longest. Each has its own time, which begins when it begins.
 * - A program that was stopped costs a process. It is refused for a while, longer each time, so that it cannot hold up the others again and again.
 */
import type { BuiltinLua } from '../core/health/health-check.ts';
import { readLuaScripts } from '../core/health/lua-scripts.ts';
import type { Sandbox, SandboxOptions } from '../core/health/sandbox.ts';
import type { Json } from '../core/objects/object.ts';
import { type Problem, problem } from '../core/problem/problem.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Answer, Engine, Job, Limits } from './messages.ts';
import { processProgram, readArgoScripts } from './platform/files.ts';
import { later, monotonic, type ScriptProcess, startProcess } from './platform/script-process.ts';

/** Argo CD's own health scripts by `group/Kind`, read when first asked for; none where they are not at hand. */
export const argoScripts = (): BuiltinLua => readLuaScripts(readArgoScripts);

/** Milliseconds in which an engine must be ready: reading it from disk on a busy machine, never a program. */
const LOAD_MS = 30_000;
/** How long a stopped program is refused the first time, and at most. */
const BENCH_MS = { first: 10_000, most: 300_000 };
/** A program that took longer is slow. */
const SLOW_MS = 50;
/** Programs that are remembered as stopped, and as slow. */
const BENCH_SIZE = 100;

interface Waiting {
  readonly job: Exclude<Job, { kind: 'load' }>;
  readonly resolve: (result: Result<Json, Problem>) => void;
}

/** A sandbox; nothing is started before the first program. All its results are values, never exceptions. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const { wallMs = 1_000, idleMs = 30_000, memoryBytes = 64 << 20, outputBytes = 1 << 20 } = options;
  const runner = createRunner({ wallMs, idleMs, limits: { memoryBytes, outputBytes } });
  return {
    lua: (script, object, { openLibs = false } = {}) => runner.run({ kind: 'lua', script, object, openLibs }),
    async jq(program, input) {
      const result = await runner.run({ kind: 'jq', program, input });
      // The engine answers with a list (jq/jq-engine.ts).
      return result.ok ? ok(result.value as readonly Json[]) : result;
    },
    cel: (expression, variables) => runner.run({ kind: 'cel', expression, variables }),
    async firstTrue(expressions, variables) {
      const result = await runner.run({ kind: 'cel-first', expressions, variables });
      // The engine answers with a number (cel/cel-engine.ts).
      return result.ok ? ok(result.value as number) : result;
    },
    close: runner.close,
  };
}

interface Runner {
  run(job: Waiting['job']): Promise<Result<Json, Problem>>;
  close(): void;
}

function createRunner(options: { readonly wallMs: number; readonly idleMs: number; readonly limits: Limits }): Runner {
  const bench = createBench();
  const queue: Waiting[] = [];
  const slow = new Set<string>();
  let running: ScriptProcess | undefined;
  let loaded = new Set<Engine>();
  let cancelIdle: () => void = () => undefined;
  let busy = false;
  let closed = false;

  /** Programs that were slow the last time let the others pass, so that one App's scripts do not hold up everybody's. */
  const takeNext = (): Waiting | undefined => {
    const at = slow.size === 0 ? 0 : queue.findIndex(({ job }) => !slow.has(programOf(job)));
    return queue.splice(Math.max(at, 0), 1)[0];
  };
  const remember = (program: string, ms: number): void => {
    slow.delete(program);
    if (ms > SLOW_MS) slow.add(program);
    const [oldest] = slow;
    if (slow.size > BENCH_SIZE && oldest !== undefined) slow.delete(oldest);
  };

  const drop = (): void => {
    running?.stop();
    running = undefined;
    loaded = new Set();
  };

  const execute = async (job: Waiting['job']): Promise<Result<Json, Problem>> => {
    const refused = bench.refusal(programOf(job));
    if (refused !== undefined) return err(refused);
    running ??= startProcess(processProgram(), options.limits);
    const engine = engineOf(job);
    if (!loaded.has(engine)) {
      const ready = await running.ask({ kind: 'load', engine }, LOAD_MS);
      if (closed) return err(CLOSED);
      if (typeof ready === 'string' || !ready.ok) {
        drop();
        const why = typeof ready === 'string' ? ready : ready.ok ? 'it is loaded' : ready.message;
        return err(problem('script.failed', `the engine for ${engine} could not be started: ${why}`));
      }
      loaded.add(engine);
    }
    const answer = await running.ask(job, options.wallMs);
    if (closed) return err(CLOSED);
    if (typeof answer === 'string' || answer.spent) drop();
    const result = toResult(answer, options.wallMs);
    if (!result.ok && result.error.code === 'script.limit') bench.add(programOf(job), result.error);
    return result;
  };

  const work = async (): Promise<void> => {
    busy = true;
    cancelIdle();
    for (let next = takeNext(); next !== undefined; next = takeNext()) {
      const began = monotonic();
      next.resolve(closed ? err(CLOSED) : await execute(next.job).catch(toFailure));
      remember(programOf(next.job), monotonic() - began);
    }
    busy = false;
    cancelIdle = later(options.idleMs, drop);
  };

  return {
    run: (job) =>
      new Promise((resolve) => {
        if (closed) {
          resolve(err(CLOSED));
          return;
        }
        queue.push({ job, resolve });
        if (!busy) void work();
      }),
    close() {
      closed = true;
      cancelIdle();
      drop();
    },
  };
}

const CLOSED = problem('script.limit', 'the sandbox is closed');

/** What cannot be sent to another process (a cycle is no JSON, but a program's input may be anything) fails alone. */
const toFailure = (error: unknown): Result<never, Problem> => err(problem('script.failed', String(error)));

const engineOf = (job: Waiting['job']): Engine => (job.kind === 'cel-first' ? 'cel' : job.kind);

function programOf(job: Waiting['job']): string {
  switch (job.kind) {
    case 'lua':
      return `lua ${job.script}`;
    case 'jq':
      return `jq ${job.program}`;
    case 'cel':
      return `cel ${job.expression}`;
    case 'cel-first':
      return `cel ${job.expressions.join('\n')}`;
  }
}

function toResult(answer: Answer | 'late' | 'died', wallMs: number): Result<Json, Problem> {
  if (answer === 'late') return err(problem('script.limit', `the program did not end within ${wallMs} ms of computing`));
  if (answer === 'died') return err(problem('script.limit', 'the program needed more memory than it may have'));
  // The process wrote it with JSON.stringify.
  return answer.ok ? ok(JSON.parse(answer.json) as Json) : err(problem(answer.code, answer.message));
}

interface Bench {
  refusal(program: string): Problem | undefined;
  add(program: string, why: Problem): void;
}

/** Programs that were stopped, each with the time until which it is refused. */
function createBench(): Bench {
  const stopped = new Map<string, { readonly why: Problem; readonly ms: number; readonly until: number }>();
  return {
    refusal(program) {
      const entry = stopped.get(program);
      return entry !== undefined && monotonic() < entry.until ? entry.why : undefined;
    },
    add(program, why) {
      const ms = Math.min(BENCH_MS.most, (stopped.get(program)?.ms ?? BENCH_MS.first / 2) * 2);
      stopped.delete(program);
      stopped.set(program, { why, ms, until: monotonic() + ms });
      const [oldest] = stopped.keys();
      if (stopped.size > BENCH_SIZE && oldest !== undefined) stopped.delete(oldest);
    },
  };
}
