/** The program of the sandbox's process: takes a job, answers, waits for the next. Engines are loaded when they are first asked for. */
import type { CelEngine } from '../cel/cel-engine.ts';
import type { JqEngine } from '../jq/jq-engine.ts';
import type { LuaEngine } from '../lua/lua-engine.ts';
import { type Answer, type Job, type Limits, ScriptError } from '../messages.ts';
import { limitMemory } from '../platform/memory-limit.ts';

interface Engines {
  lua?: LuaEngine;
  jq?: JqEngine;
  cel?: CelEngine;
}

// What startProcess in platform/script-process.ts passes as the last argument.
const limits = JSON.parse(process.argv.at(-1) ?? '') as Limits;
const memory = limitMemory(limits.memoryBytes);
const engines: Engines = {};

process.on('message', async (job: Job) => {
  const result = await answer(job);
  const { user, system } = process.cpuUsage();
  const message: Answer = { ...result, computedMicros: user + system };
  process.send?.(message);
});
// Nobody is left to ask.
process.on('disconnect', () => process.exit());

type Result = DistributiveOmit<Answer, 'computedMicros'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

async function answer(job: Job): Promise<Result> {
  try {
    const json = JSON.stringify((await execute(job)) ?? null);
    if (json.length > limits.outputBytes)
      throw new ScriptError('script.limit', `the result has more than ${limits.outputBytes} bytes`);
    return { ok: true, json, spent: memory.hasGrown() };
  } catch (error) {
    if (error instanceof ScriptError)
      return { ok: false, code: error.code, message: shorten(error.message), spent: memory.hasGrown() };
    // An engine that failed in another way than it should is not used again.
    const code = memory.wasRefused() || isExhausted(error) ? 'script.limit' : 'script.failed';
    return { ok: false, code, message: shorten(String(error)), spent: true };
  }
}

async function execute(job: Job): Promise<unknown> {
  switch (job.kind) {
    case 'load':
      return await load(job.engine);
    case 'lua':
      return engines.lua?.run(job);
    case 'jq':
      return engines.jq?.run(job.program, job.input);
    case 'cel':
      return engines.cel?.evaluate(job.expression, job.variables);
    case 'cel-first':
      return engines.cel?.firstTrue(job.expressions, job.variables);
  }
}

async function load(engine: keyof Engines): Promise<void> {
  if (engine === 'lua') engines.lua ??= await (await import('../lua/lua-engine.ts')).loadLua();
  else if (engine === 'jq') engines.jq ??= (await import('../jq/jq-engine.ts')).loadJq();
  else engines.cel ??= (await import('../cel/cel-engine.ts')).loadCel();
}

const isExhausted = (error: unknown): boolean => error instanceof RangeError;

const LONGEST = 1_000;
const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
