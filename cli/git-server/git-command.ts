import { spawn } from 'node:child_process';

/** An environment in which Git reads no configuration of this machine and asks nobody anything. */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Demo',
    GIT_AUTHOR_EMAIL: 'demo@example.com',
    GIT_COMMITTER_NAME: 'Demo',
    GIT_COMMITTER_EMAIL: 'demo@example.com',
    // Temporary folders may belong to another user than the one who runs the tests.
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
}

export interface GitCommand {
  readonly directory: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs `git`, gives its standard output; throws with what it said when it fails. */
export function runGit(command: GitCommand): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...command.args], {
      cwd: command.directory,
      env: { ...gitEnvironment(), ...command.environment },
    });
    const out: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`git ${command.args[0] ?? ''} failed (${code}): ${Buffer.concat(complaints).toString().trim()}`));
    });
    // A command that fails early closes its input: its exit code says more than the broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(command.input ?? '');
  });
}
