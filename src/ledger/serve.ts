import type { Sql } from '../platform/sql.ts';
import { readBody } from './read-body.ts';
import { ledgerTables } from './tables.ts';
import { advertise, answerUploadPack, streamAnswer } from './upload-pack.ts';

/**
 * Serves a ledger to `git clone` and `git fetch` (smart HTTP, upload-pack only). Takes requests whose path ends in `/info/refs` or
 * `/git-upload-pack`, whatever stands before. Who may read is decided before this is called; who may write is nobody.
 */
export async function serveLedger(sql: Sql, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const service = url.pathname.endsWith('/info/refs') ? url.searchParams.get('service') : undefined;
  if (url.pathname.endsWith('/git-receive-pack') || service === 'git-receive-pack') {
    return say(403, 'A ledger is written by Plumbline only: push to the repository that your applications come from.');
  }
  const tables = ledgerTables(sql);
  const version = /(?:^|:)version=2(?::|$)/.test(request.headers.get('git-protocol') ?? '') ? 2 : 0;
  if (service !== undefined) {
    if (request.method !== 'GET') return say(405, 'Ask for the refs with GET.');
    if (service !== 'git-upload-pack') return say(403, 'This repository needs a Git client that speaks smart HTTP.');
    return answer('advertisement', advertise(tables, version));
  }
  if (!url.pathname.endsWith('/git-upload-pack')) return say(404, 'Not a path of a Git repository.');
  if (request.method !== 'POST') return say(405, 'Fetch with POST.');
  if (request.headers.get('content-type') !== 'application/x-git-upload-pack-request')
    return say(415, 'Send a git-upload-pack request.');
  const body = await readBody(request);
  if (body === 'too_large') return say(413, 'The request is longer than any that Git sends.');
  if (body === 'broken') return say(400, 'The request body could not be read.');
  return answer('result', streamAnswer(answerUploadPack(tables, version, body)));
}

function answer(kind: 'advertisement' | 'result', body: Uint8Array | ReadableStream<Uint8Array>): Response {
  return new Response(body, {
    headers: { 'content-type': `application/x-git-upload-pack-${kind}`, 'cache-control': 'no-cache, max-age=0, must-revalidate' },
  });
}

function say(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
