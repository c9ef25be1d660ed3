#!/usr/bin/env node
/**
 * The entry of `plumb`. TypeScript runs as it is from Node 24 on; an older Node hands over to the one that is installed as a
 * dependency of this project.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const CANDIDATES = ['../node_modules/node/bin/node', '../node_modules/.bin/node', '../node_modules/node/bin/node.exe'];

if (Number(process.versions.node.split('.')[0]) >= NEEDED) await import('./plumb.ts');
else handOver();

function handOver() {
  const node = CANDIDATES.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
  if (node === undefined) {
    process.stderr.write(
      `error: plumb needs Node ${NEEDED} or newer, this is ${process.version}. Run \`npm ci\`, which brings one, or update Node.\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(new URL('./plumb.ts', import.meta.url)), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // The terminal sends Ctrl-C to both; the child decides when to end. What others send only reaches this process.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`error: Node ${NEEDED} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
