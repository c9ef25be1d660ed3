/**
 * A Git host on this machine: `git http-backend` over HTTP on the loopback interface, with clone, fetch and push.
 * `npm start` shows it as the place to push to, benchmarks and tests use it, the tests with faults.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGit } from './git-command.ts';
import { answerWithBackend } from './http-backend.ts';
import { type FileContent, type PushOptions, pushFiles } from './push-files.ts';

export interface PushEvent {
  readonly repository: string;
  /** Clone URL of the repository. */
  readonly url: string;
  readonly ref: string;
  /** Forty zeros when the ref was created. */
  readonly before: string;
  /** Forty zeros when the ref was deleted. */
  readonly after: string;
}

/** What a request meets instead of an answer, or on its way to one. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly delayMilliseconds?: number;
  /** The connection is cut after this many bytes of the body. */
  readonly truncateAfter?: number;
}

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly protocol: string;
  readonly authorization: string | undefined;
  /** 0 while it is being answered. */
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface GitServerOptions {
  /** Where the bare repositories lie; a temporary folder, removed on stop, when absent. */
  readonly directory?: string;
  /** Ephemeral when absent. */
  readonly port?: number;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** The newest protocol that is spoken; default 2. */
  readonly protocol?: 0 | 1 | 2;
  /** Called after every change of a ref, by push or by `pushFiles`; awaited by `pushFiles`. */
  readonly onPush?: (event: PushEvent) => void | Promise<void>;
  readonly fault?: (request: { readonly method: string; readonly path: string; readonly query: string }) => Fault | undefined;
}

export interface GitServer {
  readonly origin: string;
  readonly directory: string;
  /** Clone URL. */
  url(repository: string): string;
  createRepository(repository: string): Promise<string>;
  /** Commits and publishes; gives the new tip. */
  pushFiles(
    repository: string,
    files: Readonly<Record<string, FileContent>>,
    message: string,
    options?: PushOptions,
  ): Promise<string>;
  /** Runs Git inside the bare repository. */
  git(repository: string, ...args: string[]): Promise<string>;
  setFault(fault: GitServerOptions['fault']): void;
  requests(): readonly LoggedRequest[];
  clearRequests(): void;
  stop(): Promise<void>;
}

const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const NO_COMMIT = '0'.repeat(40);

function isAuthorized(request: IncomingMessage, credentials: GitServerOptions['credentials']): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return request.headers.authorization === `Basic ${expected}`;
}

async function readRefs(directory: string): Promise<Map<string, string>> {
  const printed = await runGit({ directory, args: ['for-each-ref', '--format=%(refname) %(objectname)'] });
  const lines = printed.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

function* compareRefs(before: Map<string, string>, after: Map<string, string>) {
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(ref) ?? NO_COMMIT;
    const is = after.get(ref) ?? NO_COMMIT;
    if (was !== is) yield { ref, before: was, after: is };
  }
}

async function answerWithFault(fault: Fault, response: ServerResponse): Promise<boolean> {
  if (fault.delayMilliseconds !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMilliseconds));
  if (fault.status === undefined) return false;
  response.writeHead(fault.status, fault.headers);
  response.end(fault.body);
  return true;
}

/** Starts the server; `stop` ends it and removes what it made. */
export async function createGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = options.directory ?? (await mkdtemp(join(tmpdir(), 'plumbline-git-')));
  await mkdir(root, { recursive: true });
  const log: LoggedRequest[] = [];
  const turns = new Map<string, Promise<unknown>>();
  let fault = options.fault;
  let origin = '';

  const directoryOf = (repository: string): string => {
    if (!REPOSITORY.test(repository)) throw new Error(`not a repository name: ${repository}`);
    return join(root, `${repository}.git`);
  };
  const urlOf = (repository: string): string => `${origin}/${repository}.git`;
  const announce = async (repository: string, change: { ref: string; before: string; after: string }): Promise<void> => {
    await options.onPush?.({ repository, url: urlOf(repository), ...change });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<{ status: number; bytes: number }> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const injected = fault?.({ method: request.method ?? '', path, query });
    if (injected !== undefined && (await answerWithFault(injected, response))) {
      request.resume();
      return { status: injected.status ?? 0, bytes: injected.body?.length ?? 0 };
    }
    if (!isAuthorized(request, options.credentials)) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return { status: 401, bytes: 0 };
    }
    const header = request.headers['git-protocol'];
    const asked = typeof header === 'string' ? header : '';
    const spoken = options.protocol ?? 2;
    const protocol = asked === 'version=2' && spoken < 2 ? (spoken === 1 ? 'version=1' : '') : spoken === 0 ? '' : asked;
    const pushed = /^\/(.+)\.git\/git-receive-pack$/.exec(path)?.[1];
    const before = pushed === undefined ? undefined : await readRefs(directoryOf(pushed));
    const outcome = await answerWithBackend(request, response, {
      root,
      path,
      query,
      protocol,
      ...(injected?.truncateAfter === undefined ? {} : { truncateAfter: injected.truncateAfter }),
    });
    if (pushed !== undefined && before !== undefined) {
      for (const change of compareRefs(before, await readRefs(directoryOf(pushed)))) await announce(pushed, change);
    }
    return outcome;
  }

  const server = createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    // Logged when it comes, completed when it was answered.
    const entry: { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] } = {
      method: request.method ?? '',
      path,
      query,
      protocol: String(request.headers['git-protocol'] ?? ''),
      authorization: request.headers.authorization,
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
    };
    log.push(entry);
    request.on('data', (chunk: Buffer) => {
      entry.requestBytes += chunk.length;
    });
    // The listener above starts the flow of data, which the backend's pipe joins later.
    request.pause();
    answer(request, response).then(
      ({ status, bytes }) => {
        entry.status = status;
        entry.responseBytes = bytes;
      },
      () => {
        entry.status = 500;
        if (!response.headersSent) response.writeHead(500);
        response.end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  // A TCP server that listens has an AddressInfo.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    directory: root,
    url: urlOf,
    async createRepository(repository) {
      const directory = directoryOf(repository);
      await mkdir(directory, { recursive: true });
      await runGit({ directory, args: ['init', '-q', '--bare', '-b', 'main', '.'] });
      await runGit({ directory, args: ['config', 'http.receivepack', 'true'] });
      // As GitHub and GitLab do; protocol 2 allows it anyway.
      await runGit({ directory, args: ['config', 'uploadpack.allowReachableSHA1InWant', 'true'] });
      return urlOf(repository);
    },
    pushFiles(repository, files, message, push = {}) {
      const directory = directoryOf(repository);
      const turn = (turns.get(repository) ?? Promise.resolve())
        .catch(() => {})
        .then(() => pushFiles(directory, files, message, push));
      turns.set(repository, turn);
      return turn.then(async (change) => {
        await announce(repository, change);
        return change.after;
      });
    },
    git: (repository, ...args) => runGit({ directory: directoryOf(repository), args }),
    setFault(next) {
      fault = next;
    },
    requests: () => log,
    clearRequests() {
      log.length = 0;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      if (options.directory === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}
