/**
 * The process in which programs of users run. A thread would not do: when one allocation of its program is larger than all that is left of its heap,
 * V8 ends the whole process (measured: a long jq array), and the memory of a thread that ended is not all given back.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer, Job, Limits } from '../messages.ts';

/** A process that runs one job at a time. */
export interface ScriptProcess {
  /**
   * Gives the answer, or `late` when there is none after `ms` of computing, or `died` when the process ended by itself (out of memory). After both
   * the process is gone.
   */
  ask(job: Job, ms: number): Promise<Ending>;
  /** Ends the process, whatever it does. */
  stop(): void;
}

type Ending = Answer | 'late' | 'died';

/** On a busy machine a program may take this many times its time, as long as it has not computed for so long. */
const PATIENCE = 10;

/** Nothing of this process's environment but how memory is to be managed. */
const PASSED_ON = ['MALLOC_ARENA_MAX', 'MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_'];

/**
 * Starts a process that may neither read nor write files, start processes or threads, nor load native code. Its program is a text, or the file of one:
 * then it may read files, since its modules are some. It does not keep this process alive while it waits.
 */
export function startProcess(program: URL | string, limits: Limits): ScriptProcess {
  const flags = ['--permission', `--max-old-space-size=${Math.ceil(limits.memoryBytes / 2 ** 20)}`, '--max-semi-space-size=1'];
  const isText = typeof program === 'string';
  const source = isText ? ['-'] : ['--allow-fs-read=*', '--disable-warning=SecurityWarning', fileURLToPath(program)];
  const env = Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const child = spawn(process.execPath, [...flags, ...source, JSON.stringify(limits)], {
    env,
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  child.stdin?.on('error', () => undefined); // 'exit' follows.
  child.stdin?.end(isText ? program : '');
  goFirst(child.pid);

  let finish: ((ending: Ending) => void) | undefined;
  /** Microseconds that the process had computed when it answered last. */
  let computed = 0;
  const end = (ending: Ending): void => {
    if (typeof ending !== 'string') computed = ending.computedMicros;
    finish?.(ending);
    finish = undefined;
  };
  const hold = (held: boolean): void => {
    if (held) {
      child.ref();
      child.channel?.ref();
    } else {
      child.unref();
      child.channel?.unref();
    }
  };
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  // Only our own program is at the other end, and it sends answers.
  child.on('message', (message) => end(message as Answer));
  child.on('error', () => end('died'));
  child.on('exit', () => end('died'));
  hold(false);

  /** Called when a job's time is over by the clock: its process may not have had its share of the processor. */
  const onTimer = ({ ms, started, rearm }: Timed): void => {
    const spentMs = (computedMicros(child.pid) - computed) / 1_000;
    if (spentMs < ms && monotonic() - started < ms * PATIENCE) {
      rearm(Math.max(ms / 10, ms - spentMs));
      return;
    }
    stop();
    end('late');
  };

  return {
    stop,
    ask(job, ms) {
      return new Promise((resolve) => {
        if (!child.connected) {
          resolve('died');
          return;
        }
        hold(true);
        const started = monotonic();
        let timer: NodeJS.Timeout | undefined;
        const rearm = (wait: number): void => {
          timer = setTimeout(() => onTimer({ ms, started, rearm }), wait);
        };
        rearm(ms);
        finish = (ending) => {
          clearTimeout(timer);
          hold(false);
          resolve(ending);
        };
        child.send(job, (error) => {
          if (error !== null) end('died');
        });
      });
    },
  };
}

/** When memory runs out in the container, the kernel is to end this process and not the agent. */
function goFirst(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // No such system; or the process could not be started, which 'error' tells.
  }
}

interface Timed {
  readonly ms: number;
  readonly started: number;
  readonly rearm: (ms: number) => void;
}

/** Microseconds of one tick in /proc. */
const TICK = 10_000;

/** Microseconds that a process has computed; endless where the system does not say (no /proc), so that the clock decides. */
function computedMicros(pid: number | undefined): number {
  try {
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Calls once after `ms` unless it is cancelled; does not keep the process alive. */
export function later(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Milliseconds that never go back. */
export const monotonic = (): number => performance.now();
