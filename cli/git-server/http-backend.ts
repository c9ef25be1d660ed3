import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gitEnvironment } from './git-command.ts';

export interface BackendRequest {
  readonly root: string;
  readonly path: string;
  readonly query: string;
  /** Value for GIT_PROTOCOL: `version=2`, or empty for the original protocol. */
  readonly protocol: string;
  readonly user?: string;
  /** Stop answering, as a cut connection does, after this many bytes of the body. */
  readonly truncateAfter?: number;
}

function toEnvironment(request: IncomingMessage, backend: BackendRequest): Record<string, string> {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    ...gitEnvironment(),
    GIT_PROJECT_ROOT: backend.root,
    GIT_HTTP_EXPORT_ALL: '1',
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: backend.path,
    QUERY_STRING: backend.query,
    CONTENT_TYPE: header('content-type'),
    CONTENT_LENGTH: header('content-length'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_ADDR: '127.0.0.1',
    // receive-pack is refused to the anonymous.
    REMOTE_USER: backend.user ?? 'demo',
    GIT_PROTOCOL: backend.protocol,
  };
}

/** Splits a CGI answer at its first empty line; undefined until it has come. */
function parseHead(
  bytes: Buffer,
): { readonly status: number; readonly headers: [string, string][]; readonly rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  let status = 200;
  const headers: [string, string][] = [];
  for (const line of bytes.subarray(0, end).toString().split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers.push([name, value]);
  }
  return { status, headers, rest: bytes.subarray(end + 4) };
}

/**
 * Answers one HTTP request with the real `git http-backend` (CGI), streaming both ways.
 * Gives the status and the bytes of the body once everything is sent.
 */
export function answerWithBackend(
  request: IncomingMessage,
  response: ServerResponse,
  backend: BackendRequest,
): Promise<{ readonly status: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { env: toEnvironment(request, backend) });
    let head: Buffer | undefined = Buffer.alloc(0);
    let status = 500;
    let bytes = 0;
    const send = (chunk: Buffer): void => {
      const room = (backend.truncateAfter ?? Number.POSITIVE_INFINITY) - bytes;
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      bytes += part.length;
      response.write(part);
      if (part.length < chunk.length) {
        child.kill();
        // Let the bytes reach the client first: it must see a cut in the middle, not a refused connection.
        response.write('', () => response.destroy());
      }
    };
    request.pipe(child.stdin);
    child.stdin.on('error', () => {});
    child.stderr.resume();
    child.stdout.on('data', (chunk: Buffer) => {
      if (response.destroyed) return;
      if (head === undefined) return send(chunk);
      head = Buffer.concat([head, chunk]);
      const parsed = parseHead(head);
      if (parsed === undefined) return;
      head = undefined;
      status = parsed.status;
      response.writeHead(status, Object.fromEntries(parsed.headers));
      if (parsed.rest.length > 0) send(parsed.rest);
    });
    child.on('error', reject);
    child.on('close', () => {
      if (!response.headersSent) response.writeHead(status);
      response.end();
      resolve({ status, bytes });
    });
  });
}
