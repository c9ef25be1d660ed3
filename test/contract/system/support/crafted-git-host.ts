import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeCommit, makePack, makeTree, oidOf, type PackItem } from '../../../src/fetch/make-pack.ts';

/** What a server says that speaks Git's protocol 2 and means no good. */
export interface CraftedRepository {
  /** The commit at which HEAD and `main` are. */
  readonly tip: string;
  /** The answer to every fetch. */
  readonly pack: Uint8Array;
  /** Refs that are named besides. */
  readonly refs?: readonly string[];
}

export interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface CraftedGitHost {
  readonly port: number;
  url(repository: string): string;
  readonly requests: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** Answers a path with a redirect or a status instead of a repository. */
export type Special = (path: string) => { readonly status: number; readonly location?: string } | undefined;

/** Serves repositories over smart HTTP, byte by byte as they are given. */
export async function startCraftedGitHost(
  repositories: ReadonlyMap<string, CraftedRepository>,
  options: { readonly host?: string; readonly special?: Special } = {},
): Promise<CraftedGitHost> {
  const { host = '127.0.0.1', special } = options;
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    requests.push({ path, authorization: request.headers.authorization });
    const other = special?.(path);
    const [, name = '', service = ''] = /^\/([\w-]+)\.git\/(.*)$/.exec(path) ?? [];
    const repository = repositories.get(name);
    if (other !== undefined || repository === undefined) {
      request.resume();
      const location = other?.location === undefined ? {} : { location: other.location };
      response.writeHead(other?.status ?? 404, location).end();
      return;
    }
    if (service === 'info/refs') {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      response.end(
        lines('# service=git-upload-pack', 'flush', 'version 2', 'ls-refs', 'fetch=shallow', 'object-format=sha1', 'flush'),
      );
      return;
    }
    const question = await readBody(request);
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
    response.end(question.includes('command=ls-refs') ? refsOf(repository) : packOf(repository));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo; // a listening TCP server has one
  return {
    port,
    url: (repository) => `http://${host.includes(':') ? `[${host}]` : host}:${port}/${repository}.git`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function lines(...all: readonly string[]): Buffer {
  const packet = (line: string) => `${(Buffer.byteLength(line) + 5).toString(16).padStart(4, '0')}${line}\n`;
  return Buffer.from(all.map((line) => (line === 'flush' ? '0000' : packet(line))).join(''));
}

function refsOf({ tip, refs = [] }: CraftedRepository): Buffer {
  return lines(
    `${tip} HEAD symref-target:refs/heads/main`,
    `${tip} refs/heads/main`,
    ...refs.map((ref) => `${tip} ${ref}`),
    'flush',
  );
}

const BAND_BYTES = 60_000;

function packOf({ pack }: CraftedRepository): Buffer {
  const parts = [lines('packfile')];
  for (let at = 0; at < pack.length; at += BAND_BYTES) {
    const piece = pack.subarray(at, at + BAND_BYTES);
    parts.push(Buffer.from((piece.length + 5).toString(16).padStart(4, '0')), Buffer.from([1]), Buffer.from(piece));
  }
  return Buffer.concat([...parts, Buffer.from('0000')]);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

/** A repository whose objects are whole and right; what is wrong with it is what they say. */
export function repositoryOf(items: readonly PackItem[], commit: Uint8Array): CraftedRepository {
  return { tip: oidOf('commit', commit), pack: makePack([...items, { type: 'commit', data: commit }]) };
}

/** A repository with one file at a path of one or more segments, each given as bytes or text. */
export function repositoryWith(path: readonly (string | Uint8Array)[], content: Uint8Array): CraftedRepository {
  const items: PackItem[] = [{ type: 'blob', data: content }];
  let oid = oidOf('blob', content);
  let mode = '100644';
  for (const segment of [...path].reverse()) {
    const tree = makeTree([[mode, segment, oid]]);
    items.push({ type: 'tree', data: tree });
    oid = oidOf('tree', tree);
    mode = '40000';
  }
  return repositoryOf(items, makeCommit(oid));
}
