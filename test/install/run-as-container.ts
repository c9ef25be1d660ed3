import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { containerOf, programFiles } from './manifest-objects.ts';

export interface ContainerOptions {
  /** Becomes the container's mounts; has to be new. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Changes the program's files on their way into the container. */
  readonly change?: (content: Buffer) => Buffer;
}

export interface Container {
  readonly child: ChildProcess;
  output(): string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<string>;
}

/** Runs the command of the Deployment in a shell as a kubelet would, with its mounts as folders of this machine. */
export async function runAsContainer(
  manifest: string,
  { dir, env, change = (content) => content }: ContainerOptions,
): Promise<Container> {
  const container = containerOf(manifest);
  const [program = '', flag = '', given = ''] = container.command;
  let script = given;
  for (const { name, mountPath } of container.volumeMounts) {
    await mkdir(join(dir, name), { recursive: true });
    script = script.replaceAll(`${mountPath}/`, `${join(dir, name)}/`);
  }
  for (const [name, content] of programFiles(manifest)) await writeFile(join(dir, 'program', name), change(content));
  // The image's node: the one that runs the tests.
  await mkdir(join(dir, 'bin'));
  await symlink(process.execPath, join(dir, 'bin', 'node'));
  const child = spawn(program, [flag, script], {
    env: { ...env, PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<string>((resolve) => child.on('close', (code, signal) => resolve(String(code ?? signal))));
  return { child, output: () => output, ended };
}
