/**
 * Runs the commands of a page of docs/ as a reader would, in a shell, step by step: what is tested is what stands there. A step is a heading, and its commands
 * are the `sh` blocks below it. `kubectl` is that of the development cluster, `npx plumb` the command line of this tree.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';
import type { Journey, Repository } from '../journey/support/start-journey.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface StepRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Page {
  /** The headings that have commands, in their order. */
  readonly headings: readonly string[];
  /** Runs everything below a heading that begins like this; ends at the first command that fails. */
  run(heading: string): Promise<StepRun>;
  /** The same of a step that has to succeed; gives what it wrote. */
  succeeds(heading: string): Promise<string>;
}

/** The `sh` blocks of a page, by the heading above them. */
function readSteps(text: string): ReadonlyMap<string, string> {
  const steps = new Map<string, string>();
  let heading = '';
  let block: string[] | undefined;
  for (const line of text.split('\n')) {
    if (block === undefined && /^#+ /.test(line)) heading = line.replace(/^#+ /, '');
    else if (block === undefined && line === '```sh') block = [];
    else if (block !== undefined && line === '```') {
      steps.set(heading, [...(steps.has(heading) ? [steps.get(heading)] : []), ...block].join('\n'));
      block = undefined;
    } else block?.push(line);
  }
  return steps;
}

/**
 * Opens a page in a clone of a repository. The `export` lines below its heading "Before" are set to what is given, and to nothing else: an unknown name is an
 * error, and so is one that is missing.
 */
export async function openPage(
  name: string,
  at: { readonly journey: Journey; readonly repository: Repository; readonly settings: Readonly<Record<string, string>> },
): Promise<Page> {
  const steps = readSteps(await readFile(join(ROOT, 'docs', name), 'utf8'));
  const dir = await mkdtemp(join(tmpdir(), 'plumb-page-'));
  const bin = join(dir, 'bin');
  await mkdir(bin);
  const { kubectl, kubeconfig } = { kubectl: inject('devcluster').kubectl, kubeconfig: at.journey.cluster.kubeconfig };
  await program(join(bin, 'kubectl'), [
    kubectl.file,
    ...kubectl.args,
    '--kubeconfig',
    kubeconfig,
    '--cache-dir',
    join(dir, 'cache'),
  ]);
  await writeFile(
    join(bin, 'npx'),
    `#!/bin/sh\n[ "$1" = plumb ] || exit 127\nshift\nexec ${quote(process.execPath)} ${quote(join(ROOT, 'cli/plumb.mjs'))} "$@"\n`,
  );
  await chmod(join(bin, 'npx'), 0o755);
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: dir,
    // What was compiled already.
    XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    KUBERC: 'off',
    PLUMBLINE_URL: at.journey.system.worker().url,
    PLUMBLINE_API_TOKEN: at.journey.system.apiToken,
  };
  const clone = join(dir, 'clone');
  const cloned = await bash(`git clone -q ${quote(at.repository.url)} ${quote(clone)}`, { env, cwd: dir });
  if (cloned.code !== 0) throw new Error(`the repository cannot be cloned: ${cloned.err}`);
  const named = [...(steps.get('Before') ?? '').matchAll(/^export ([A-Z_]+)=/gm)].map(([, one = '']) => one);
  if (named.sort().join() !== Object.keys(at.settings).sort().join()) throw new Error(`${name} wants ${named.join()}`);
  const exports = Object.entries(at.settings).map(([one, value]) => `export ${one}=${quote(value)}`);
  const run = (heading: string): Promise<StepRun> => {
    const found = [...steps].find(([one]) => one.startsWith(heading));
    if (found === undefined) throw new Error(`${name} has no step ${heading}`);
    return bash([...exports, found[1]].join('\n'), { env, cwd: clone });
  };
  return {
    headings: [...steps.keys()],
    run,
    async succeeds(heading) {
      const { code, out, err } = await run(heading);
      expect([code, err, out]).toEqual([0, expect.anything(), expect.anything()]);
      return out;
    },
  };
}

async function program(path: string, words: readonly string[]): Promise<void> {
  await writeFile(path, `#!/bin/sh\nexec ${words.map(quote).join(' ')} "$@"\n`);
  await chmod(path, 0o755);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function bash(script: string, at: { readonly env: Readonly<Record<string, string>>; readonly cwd: string }): Promise<StepRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { ...at, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, out, err }));
  });
}
