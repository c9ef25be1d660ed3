/**
 * Pushing one ref over smart HTTP (https://git-scm.com/docs/http-protocol, https://git-scm.com/docs/pack-protocol#_pushing_data_to_a_server): the server
 * tells its refs, then takes `<old> <new> <ref>` and a pack, and reports what became of it. The old id makes the push safe: a ref that moved meanwhile is
 * left alone. Never forced.
 */
import type { Problem } from '../../core/problem/problem.ts';
import { readAdvertisement } from './advertisement.ts';
import { ByteReader } from './byte-reader.ts';
import { GitFailure, refuse } from './failure.ts';
import { type GitAnswer, type GitHttp, sendGitRequest } from './http.ts';
import type { FetchLimits } from './limits.ts';
import { join, type PackedObject, writePack } from './pack-writer.ts';
import { cleanRemoteText, encodePackets, packetText, readPacket } from './pkt-line.ts';
import { describeUrl } from './repository-url.ts';

export interface PushedChange {
  readonly ref: string;
  /** Where the ref is known to be; undefined for one that is not there yet. */
  readonly from: string | undefined;
  readonly to: string;
  readonly objects: readonly PackedObject[];
}

const NOTHING = '0'.repeat(40);
const ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * Pushes; `moved` when the ref is no longer where it was known to be. Ends with git.write_denied when the credentials may not write, git.push_refused (with
 * the server's words) when a rule of the server forbids this change, and with what any request may end in.
 */
export async function pushRef(
  http: GitHttp,
  change: PushedChange,
  limits: Pick<FetchLimits, 'askMilliseconds' | 'fetchMilliseconds'>,
): Promise<'pushed' | 'moved'> {
  const server = await askServer(http, limits);
  if (server.tipOf(change.ref) === change.to) return 'pushed';
  if (server.tipOf(change.ref) !== change.from) return 'moved';
  const refused = await sendChange(http, server, change, limits).catch(async (error: unknown) => {
    if (!(error instanceof GitFailure) || error.problem.code !== 'git.unavailable') throw error;
    // The answer got lost, not necessarily the push: the server is asked what it has.
    if ((await askServer(http, limits)).tipOf(change.ref) === change.to) return undefined;
    throw error;
  });
  if (refused === undefined) return 'pushed';
  const now = (await askServer(http, limits)).tipOf(change.ref);
  if (now === change.to) return 'pushed';
  return now === change.from ? refuse('git.push_refused', `the Git server refused the push: ${refused}`, change.ref) : 'moved';
}

interface PushServer {
  readonly base: URL;
  readonly capabilities: readonly string[];
  tipOf(ref: string): string | undefined;
}

async function askServer(http: GitHttp, limits: Pick<FetchLimits, 'askMilliseconds'>): Promise<PushServer> {
  const url = new URL(`${http.home.origin}${http.home.pathname.replace(/\/+$/, '')}/info/refs?service=git-receive-pack`);
  const answer = await writing(() =>
    sendGitRequest(http, {
      url,
      method: 'GET',
      accept: 'application/x-git-receive-pack-advertisement',
      milliseconds: limits.askMilliseconds,
      maxBytes: ANSWER_BYTES,
    }),
  );
  const advertisement = await read(answer, () => readAdvertisement(answer.reader));
  if (advertisement.version !== 0) return refuse('git.protocol', 'the Git server answered in a protocol that has no push');
  const { capabilities, refs } = advertisement;
  if (!answer.url.pathname.endsWith('/info/refs'))
    refuse('git.protocol', 'the Git server redirects to something that is not a repository', describeUrl(answer.url));
  const base = new URL(answer.url.origin + answer.url.pathname.slice(0, -'/info/refs'.length));
  return { base, capabilities, tipOf: (ref) => refs.find((one) => one.name === ref)?.oid };
}

/** Gives the server's words when it does not want the change. */
async function sendChange(
  http: GitHttp,
  server: PushServer,
  { ref, from, to, objects }: PushedChange,
  limits: Pick<FetchLimits, 'fetchMilliseconds'>,
): Promise<string | undefined> {
  const wanted = ['report-status', 'side-band-64k', 'object-format=sha1'].filter((one) => server.capabilities.includes(one));
  if (!wanted.includes('report-status')) return refuse('git.protocol', 'the Git server does not report what became of a push');
  const command = `${from ?? NOTHING} ${to} ${ref}\0 ${[...wanted, 'agent=plumbline'].join(' ')}`;
  const answer = await writing(async () =>
    sendGitRequest(http, {
      url: new URL(`${server.base.href.replace(/\/+$/, '')}/git-receive-pack`),
      method: 'POST',
      accept: 'application/x-git-receive-pack-result',
      contentType: 'application/x-git-receive-pack-request',
      body: join([encodePackets([command, 'flush']), await writePack(objects)]),
      milliseconds: limits.fetchMilliseconds,
      maxBytes: ANSWER_BYTES,
    }),
  );
  return read(answer, () => readReport(answer.reader, wanted.includes('side-band-64k'), ref));
}

/** Who may read but not write is told what is missing, instead of that the credentials are wrong. */
async function writing(send: () => Promise<GitAnswer>): Promise<GitAnswer> {
  try {
    return await send();
  } catch (error) {
    const found: Problem | undefined = error instanceof GitFailure ? error.problem : undefined;
    if (found?.code !== 'git.auth' && found?.code !== 'git.not_found') throw error;
    return refuse('git.write_denied', 'the Git server does not let these credentials push', found.where);
  }
}

async function read<T>(answer: GitAnswer, work: () => Promise<T>): Promise<T> {
  let outcome: 'complete' | 'abandoned' = 'abandoned';
  try {
    const value = await work();
    outcome = 'complete';
    return value;
  } finally {
    answer.end(outcome);
  }
}

/** `unpack ok`, then `ok <ref>` or `ng <ref> <why>`; with side-bands what hooks print comes along. */
async function readReport(reader: ByteReader, isBanded: boolean, ref: string): Promise<string | undefined> {
  const said: Uint8Array[] = [];
  const report = isBanded ? await unband(reader, said) : reader;
  let unpacked = 'the server did not say what became of it';
  let outcome: string | undefined = 'the server did not say what became of it';
  for (let packet = await readPacket(report); packet?.kind === 'data'; packet = await readPacket(report)) {
    const line = packetText(packet.payload);
    if (line.startsWith('unpack ')) unpacked = line.slice('unpack '.length);
    else if (line === `ok ${ref}`) outcome = undefined;
    else if (line.startsWith(`ng ${ref} `)) outcome = line.slice(`ng ${ref} `.length);
  }
  if (unpacked === 'ok' && outcome === undefined) return undefined;
  const why = unpacked === 'ok' ? (outcome ?? '') : unpacked;
  return cleanRemoteText(join([new TextEncoder().encode(`${why} `), ...said]));
}

async function unband(reader: ByteReader, said: Uint8Array[]): Promise<ByteReader> {
  const pieces: Uint8Array[] = [];
  for (let packet = await readPacket(reader); packet?.kind === 'data'; packet = await readPacket(reader)) {
    const [band] = packet.payload;
    if (band === 1) pieces.push(packet.payload.subarray(1));
    else if (band === 2 || band === 3) said.push(packet.payload.subarray(1));
  }
  let rest: Uint8Array | undefined = join(pieces);
  return new ByteReader(async () => {
    const next = rest;
    rest = undefined;
    return next !== undefined && next.length > 0 ? next : undefined;
  });
}
