import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';

/** How to run one component: a program, the arguments that select the component in it, and then its flags. */
export interface ComponentCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes, appended. */
  readonly log: string;
  /** True when the program ends by itself once its standard input closes (see parent.go). */
  readonly watchesStdin: boolean;
}

/** A running component. */
export interface ComponentProcess {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** Settles when it has ended, with what ended it: `code 1`, `SIGKILL`. */
  readonly ended: Promise<string>;
  /** Ends it and waits until it is gone. SIGTERM lets it finish its requests, which takes an API server seconds. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** A component that did not start or did not become ready; the message ends with the last lines of its log. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError';
}

/**
 * Runs "$@" in place of the shell, after starting a watcher that kills it once standard input closes: the kernel
 * closes it however the parent dies. For programs that cannot watch by themselves.
 */
const WATCHER = 'exec 3<&0; self=$$; (cat <&3; kill -9 $self) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

/** Starts a component, which ends with this process at the latest, even when that is killed. */
export function startComponent(command: ComponentCommand): ComponentProcess {
  const log = openSync(command.log, 'a');
  const [file, args] = command.watchesStdin
    ? [command.file, command.args]
    : ['/bin/sh', ['-c', WATCHER, 'watcher', command.file, ...command.args]];
  const child = spawn(file, args, {
    stdio: ['pipe', log, log],
    env: { ...process.env, ...command.env, DEVCLUSTER_EXIT_WITH_STDIN: command.watchesStdin ? '1' : '' },
  });
  closeSync(log);
  // Neither the process nor its pipe keeps a finished test run alive.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  const ended = whenEnded(child);
  return {
    name: command.name,
    pid: child.pid ?? 0,
    log: command.log,
    ended,
    stop: async (signal) => {
      child.ref();
      child.kill(signal);
      await ended;
    },
  };
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    child.on('error', (error) => done(error.message));
    child.on('exit', (code, signal) => done(signal ?? `code ${code}`));
  });
}

/** Says why a component is not there, with the tail of its log. */
export async function describeFailure(component: ComponentProcess, what: string): Promise<string> {
  return `${component.name} ${what}. The end of ${component.log}:\n${await readTail(component.log)}`;
}

/** The last lines of a log; empty when there is none. */
export async function readTail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-15).join('\n');
}
