import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Answer, Job, ThreadLimits } from '../messages.ts';

/** A thread that runs one job at a time. */
export interface ScriptThread {
  /**
   * Gives the answer, or `late` when there is none within `ms`, or `died` when the thread ended by itself (out of memory). After both the
   * thread is gone.
   */
  ask(job: Job, ms: number): Promise<Answer | 'late' | 'died'>;
  /** Ends the thread, whatever it does, and gives its memory back. */
  stop(): void;
}

/** Megabytes of JavaScript heap; what WebAssembly takes is limited inside the thread. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4, stackSizeMb: 4 };

/** Starts a thread without the environment of this process and without its standard streams. It does not keep the process alive while it waits. */
export function startThread(program: URL | string, limits: ThreadLimits): ScriptThread {
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(program, {
    eval: typeof program === 'string',
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: HEAP,
    workerData: { port: port2, limits },
    transferList: [port2],
  });
  let finish: ((answer: Answer | 'late' | 'died') => void) | undefined;
  const end = (answer: Answer | 'late' | 'died'): void => {
    finish?.(answer);
    finish = undefined;
  };
  const stop = (): void => {
    port.close();
    void worker.terminate();
  };
  port.on('message', end);
  worker.on('error', () => undefined); // 'exit' follows.
  worker.on('exit', () => {
    port.close();
    end('died');
  });
  port.unref();
  worker.unref();
  return {
    stop,
    ask(job, ms) {
      return new Promise((resolve) => {
        worker.ref();
        port.ref();
        const timer = setTimeout(() => {
          // A process that was busy itself finds the answer here before it finds it late.
          // Only the thread writes to this port, and it writes answers.
          const waiting = receiveMessageOnPort(port) as { readonly message: Answer } | undefined;
          if (waiting !== undefined) {
            end(waiting.message);
            return;
          }
          stop();
          end('late');
        }, ms);
        finish = (answer) => {
          clearTimeout(timer);
          worker.unref();
          port.unref();
          resolve(answer);
        };
        port.postMessage(job);
      });
    },
  };
}

/** Calls once after `ms` unless it is cancelled; does not keep the process alive. */
export function later(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Milliseconds that never go back. */
export const monotonic = (): number => performance.now();
