/**
 * The sources of a published Go module, for what is taken from them when something is built or tested: nothing of them is kept in this tree.
 * `go mod download` puts them into Go's module cache; the sum that is pinned here is compared with the one that Go computed.
 */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { GoBuildError } from './go-build.ts';

export interface GoModule {
  /** Import path, for example `github.com/argoproj/argo-cd/v3`. */
  readonly path: string;
  readonly version: string;
  /** `h1:…` of its contents. */
  readonly sum: string;
}

/** Gives the folder of a module's sources, read-only. Throws GoBuildError when it cannot be had, or is another than is pinned. */
export async function goModule(module: GoModule): Promise<string> {
  const name = `${module.path}@${module.version}`;
  const { code, stdout, stderr } = await goModDownload(name);
  const found = parseAnswer(stdout);
  if (code !== 0 || found?.Dir === undefined) {
    throw new GoBuildError(
      `Cannot get the Go module ${name}: ${found?.Error ?? stderr.trim()}. ` +
        'It is downloaded once, through GOPROXY, and needs Go and a network then.',
    );
  }
  if (found.Sum !== module.sum)
    throw new GoBuildError(
      `The Go module ${name} has the sum ${found.Sum ?? 'none'}, and not ${module.sum} as pinned: it is not used.`,
    );
  return found.Dir;
}

interface Answer {
  readonly Dir?: string;
  readonly Sum?: string;
  readonly Error?: string;
}

function parseAnswer(text: string): Answer | undefined {
  try {
    // What `go mod download -json` documents.
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

function goModDownload(name: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    // Outside of any module, so that no go.mod has a say.
    const child = spawn('go', ['mod', 'download', '-json', name], {
      cwd: tmpdir(),
      env: { ...process.env, GOFLAGS: '-mod=mod' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', (error) =>
      resolve({ code: 1, stdout: '', stderr: `the command \`go\` cannot be started (${error.message})` }),
    );
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
