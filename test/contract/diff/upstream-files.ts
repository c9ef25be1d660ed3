import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { JsonObject } from '../../../core/objects/object.ts';

/** The diff engine of Argo CD v3.5.7, in the version that it is published under by itself. */
const MODULE = 'github.com/argoproj/argo-cd/gitops-engine@v0.0.0-20260914071520-c9c369efcc5b';

/** Upstream's fixtures, from its Go module; nothing of it is kept here. */
export interface Upstream {
  /** An object of pkg/diff/testdata. */
  readonly file: (name: string) => JsonObject;
  /** An object in a raw string of diff_test.go: `var demoConfig = `…``. */
  readonly literal: (name: string) => JsonObject;
  /** Names of all files of pkg/diff/testdata that hold an object. */
  readonly test: string;
}

/** Downloads the module, or finds it in the module cache. */
export async function upstreamDiff(): Promise<Upstream> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', MODULE], {
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: '-mod=mod' },
  });
  const { Dir } = JSON.parse(stdout) as { Dir: string }; // go's documented output
  const folder = join(Dir, 'pkg/diff');
  const test = readFileSync(join(folder, 'diff_test.go'), 'utf8');
  return {
    test,
    file: (name) => parse(readFileSync(join(folder, 'testdata', name), 'utf8')) as JsonObject,
    literal(name) {
      const found = new RegExp(`(?:var|const) ${name} = \`([^\`]*)\``).exec(test)?.[1];
      if (found === undefined) throw new Error(`diff_test.go has no ${name} any more`);
      return parse(found) as JsonObject;
    },
  };
}
