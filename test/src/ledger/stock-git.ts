import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { serveLedger } from '../../../src/ledger/serve.ts';
import type { Sql } from '../../../src/platform/sql.ts';

const run = promisify(execFile);

/** Runs the machine's own Git, without the user's configuration; gives what it prints. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', HOME: folder, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  const { stdout } = await run('git', args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

export interface GitHost {
  readonly url: string;
  readonly folder: string;
  /** Bytes of all answers so far. */
  sent(): number;
  stop(): Promise<void>;
}

/** Serves a ledger on the loopback, with a scratch folder for clones. */
export async function hostLedger(sql: Sql): Promise<GitHost> {
  let sent = 0;
  const server = createServer(async (incoming, outgoing) => {
    const response = await serveLedger(sql, toRequest(incoming));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    for await (const piece of response.body ?? []) {
      sent += piece.length;
      if (!outgoing.write(piece)) await new Promise((resolve) => outgoing.once('drain', resolve));
    }
    outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-ledger-'));
  return {
    url: `http://127.0.0.1:${address.port}/ledger/eu-1.git`,
    folder,
    sent: () => sent,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toRequest(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === 'string') headers.set(name, value);
  const withBody = incoming.method === 'POST';
  return new Request(`http://127.0.0.1${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'GET',
    headers,
    // Node's own stream type and the one of fetch differ only by name.
    ...(withBody ? { body: Readable.toWeb(incoming) as unknown as ReadableStream, duplex: 'half' } : {}),
  } as RequestInit);
}

/** Writes an allowed_signers file next to the clones; gives its path. */
export async function writeSigners(host: GitHost, text: string): Promise<string> {
  const file = join(host.folder, 'allowed_signers');
  await writeFile(file, text);
  return file;
}

/** `%G?` of every commit, newest first. */
export async function signatureStates(clone: string, signers: string, ...limits: string[]): Promise<string[]> {
  const log = await git(clone, '-c', `gpg.ssh.allowedSignersFile=${signers}`, 'log', '--format=%G?', ...limits);
  return log.trim().split('\n');
}
