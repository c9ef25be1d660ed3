import type { Sql } from '../platform/sql.ts';
import { type Advertisement, type Ref, readAdvertisement } from './advertisement.ts';
import { GitFailure, refuse } from './failure.ts';
import { encodePackQuestion, openPack, type PackQuestion } from './fetch-pack.ts';
import { type GitAnswer, type GitHttp, sendGitRequest } from './http.ts';
import type { FetchLimits } from './limits.ts';
import { encodeLsRefs, readLsRefs } from './ls-refs.ts';
import type { ObjectWriter } from './object-writer.ts';
import { baseOfAdvertisement, serviceUrl } from './repository-url.ts';
import { type Unpacked, unpack } from './unpack.ts';

/** What is known of a server: where its repository really is, and what it can do. */
interface Server {
  readonly base: string;
  readonly advertisement: Advertisement;
}

/** Counts what came over the network, in bytes of answers. */
export interface Meter {
  bytes: number;
}

/** The repository's server, for one piece of work: refs that came with an advertisement are not asked for again. */
export interface Remote {
  /** True when the server was asked before and need not be asked again what it can do. */
  isKnown(): boolean;
  /** The refs below the prefixes: one request, unless nothing is known of the server yet. */
  listRefs(prefixes: readonly string[]): Promise<readonly Ref[]>;
  /** Fetches into `writer`, which the caller commits or abandons. */
  fetchPack(question: PackQuestion, writer: ObjectWriter): Promise<Unpacked>;
}

const ADVERTISEMENT_BYTES = 32 * 1024 * 1024;

function recall(sql: Sql): Server | undefined {
  const [row] = sql.all<{ value: string }>("SELECT value FROM git_remote WHERE name = 'server'");
  // Only `remember` writes the row.
  return row === undefined ? undefined : (JSON.parse(row.value) as Server);
}

/** A list of refs is not remembered: it is old at once. */
function remember(sql: Sql, server: Server): void {
  if (server.advertisement.version === 2) {
    sql.run("INSERT OR REPLACE INTO git_remote (name, value) VALUES ('server', ?)", JSON.stringify(server));
  } else sql.run("DELETE FROM git_remote WHERE name = 'server'");
}

/** Opens the way to the server. Its functions end with the Problems of `sendGitRequest`, of the protocol and of `unpack`. */
export function createRemote(options: {
  readonly http: GitHttp;
  readonly sql: Sql;
  readonly limits: FetchLimits;
  readonly meter: Meter;
}): Remote {
  const { http, sql, limits, meter } = options;
  let server = recall(sql);
  let isFresh = false;

  async function measured<T>(answer: GitAnswer, work: () => Promise<T>): Promise<T> {
    let outcome: 'complete' | 'abandoned' = 'abandoned';
    try {
      const value = await work();
      outcome = 'complete';
      return value;
    } finally {
      meter.bytes += answer.received();
      answer.end(outcome);
    }
  }

  /** Asks what the server can do; the older protocols answer with the refs as well. */
  async function discover(): Promise<Server> {
    const answer = await sendGitRequest(http, {
      url: serviceUrl(http.home, 'info/refs'),
      method: 'GET',
      accept: 'application/x-git-upload-pack-advertisement',
      protocol: 'version=2',
      milliseconds: limits.askMilliseconds,
      maxBytes: ADVERTISEMENT_BYTES,
    });
    const advertisement = await measured(answer, () => readAdvertisement(answer.reader));
    const base =
      baseOfAdvertisement(answer.url) ?? refuse('git.protocol', 'the Git server redirects to something that is not a repository');
    server = { base: base.href, advertisement };
    isFresh = true;
    remember(sql, server);
    return server;
  }

  async function post(
    to: Server,
    body: Uint8Array,
    bounds: { readonly milliseconds: number; readonly maxBytes: number },
  ): Promise<GitAnswer> {
    return sendGitRequest(http, {
      url: serviceUrl(new URL(to.base), 'git-upload-pack'),
      method: 'POST',
      accept: 'application/x-git-upload-pack-result',
      contentType: 'application/x-git-upload-pack-request',
      // A body that was encoded here has plain memory of its own.
      body: body as Uint8Array<ArrayBuffer>,
      ...(to.advertisement.version === 2 ? { protocol: 'version=2' } : {}),
      ...bounds,
    });
  }

  /** What is remembered of a server may be outdated: when it does not work out, it is asked once more. */
  async function withServer<T>(work: (known: Server) => Promise<T>): Promise<T> {
    const known = server ?? (await discover());
    try {
      return await work(known);
    } catch (error) {
      if (isFresh || !(error instanceof GitFailure)) throw error;
      const hasMoved = known.base !== http.home.href;
      if (!hasMoved && error.problem.code !== 'git.protocol' && error.problem.code !== 'git.not_found') throw error;
      return work(await discover());
    }
  }

  return {
    isKnown: () => server !== undefined,
    listRefs: (prefixes) =>
      withServer(async (known) => {
        const { advertisement } = known;
        if (advertisement.version === 0) {
          return advertisement.refs.filter((ref) => prefixes.some((prefix) => ref.name.startsWith(prefix)));
        }
        const bounds = { milliseconds: limits.askMilliseconds, maxBytes: ADVERTISEMENT_BYTES };
        const answer = await post(known, encodeLsRefs(prefixes), bounds);
        return measured(answer, () => readLsRefs(answer.reader));
      }),
    fetchPack: (question, writer) =>
      withServer(async (known) => {
        const bounds = { milliseconds: limits.fetchMilliseconds, maxBytes: limits.packBytes };
        const answer = await post(known, encodePackQuestion(known.advertisement, question), bounds);
        return measured(answer, async () => unpack(await openPack(known.advertisement, answer.reader), writer, limits));
      }),
  };
}
