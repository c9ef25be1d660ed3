import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../../../cli/git-server/git-command.ts';
import { verifyEd25519 } from '../../../cli/keys/root-key.ts';
import { openGitObjects } from '../../../cli/ledger/git-objects.ts';
import { keysOfWorker } from '../../../cli/ledger/trusted-keys.ts';
import { type AppFile, parseAppFile } from '../../../core/ledger/app-file.ts';
import { parseReceiptFile } from '../../../core/ledger/receipt-file.ts';
import { type ChangeTrailers, parseTrailers } from '../../../core/ledger/trailers.ts';
import { verifyLedger } from '../../../core/ledger/verify.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { parseReceipt } from '../../../core/protocol/schemas.ts';
import { CLUSTER, type Journey } from './start-journey.ts';

/** One commit of the ledger, as stock Git shows it. */
export interface LedgerCommit {
  readonly oid: string;
  readonly parents: readonly string[];
  /** When it was committed, in milliseconds, cut to whole seconds. */
  readonly time: number;
  /** Address of who wrote what it deploys, or of the cluster. */
  readonly author?: string;
  readonly changes: readonly ChangeTrailers[];
  readonly generations: readonly number[];
  /** What each App that this commit decides on is to run from now on. */
  readonly files: ReadonlyMap<string, AppFile>;
  readonly receipts: readonly Receipt[];
}

/** The ledger of the cluster, cloned from the Worker with stock Git. */
export interface LedgerRecord {
  /** Oldest first. */
  readonly commits: readonly LedgerCommit[];
  /** What `plumb ledger verify` finds wrong. */
  readonly findings: readonly string[];
  /** Every line that was ever in it, to look for what must not be. */
  readonly text: string;
  /** Manifests that are desired now, by App: name of the file → text. */
  readonly manifests: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

const DECISIONS: ReadonlySet<string> = new Set(['deploy', 'policy', 'rollback', 'unpin']);
const OUTCOMES: ReadonlySet<string> = new Set(['synced', 'failed', 'held', 'removed']);

/** Clones and reads it. */
export async function readLedger(journey: Journey): Promise<LedgerRecord> {
  const { system, dir } = journey;
  const clone = join(dir, 'ledger');
  await rm(clone, { recursive: true, force: true });
  const url = `${system.worker().url.replace('http://', `http://any:${system.apiToken}@`)}/ledger/${CLUSTER}.git`;
  await runGit({ directory: dir, args: ['clone', '--quiet', url, clone] });
  const git = (...args: string[]) => runGit({ directory: clone, args });
  await git('fsck', '--strict', '--no-progress');
  const log = await git('log', '--reverse', '--format=%H%x1f%P%x1f%ct%x1f%ae%x1f%B%x1e');
  const commits: LedgerCommit[] = [];
  for (const record of log.split('\x1e')) {
    const [oid = '', parents = '', seconds = '', author = '', message = ''] = record.trim().split('\x1f');
    if (oid !== '') commits.push(await readCommit(git, { oid, parents, seconds, author, message }));
  }
  return {
    commits,
    findings: await verify(journey, clone, commits.at(-1)?.oid ?? ''),
    text: await git('log', '-p', '--format=%B'),
    manifests: await readManifests(git),
  };
}

type Git = (...args: string[]) => Promise<string>;

async function readCommit(
  git: Git,
  raw: {
    readonly oid: string;
    readonly parents: string;
    readonly seconds: string;
    readonly author: string;
    readonly message: string;
  },
): Promise<LedgerCommit> {
  const { oid } = raw;
  const { changes, snapshots } = parseTrailers(raw.message);
  const files = new Map<string, AppFile>();
  const receipts: Receipt[] = [];
  for (const app of new Set(changes.filter((change) => DECISIONS.has(change.action)).map((change) => change.app))) {
    const file = parseAppFile(await git('show', `${oid}:apps/${app}/app.json`));
    if (!file.ok) throw new Error(file.error.message);
    files.set(app, file.value);
  }
  for (const app of new Set(changes.filter((change) => OUTCOMES.has(change.action)).map((change) => change.app)))
    receipts.push(...parseReceipts(await git('show', `${oid}:receipts/${app}.json`)));
  return {
    oid,
    parents: raw.parents.split(' ').filter((parent) => parent !== ''),
    time: Number(raw.seconds) * 1000,
    author: raw.author,
    changes,
    generations: snapshots.map((snapshot) => snapshot.generation),
    files,
    receipts,
  };
}

function parseReceipts(text: string): Receipt[] {
  const file = parseReceiptFile(text);
  if (!file.ok) throw new Error(file.error.message);
  const earlier = (file.value.earlier ?? []).map((envelope) => {
    const receipt = parseReceipt(JSON.parse(Buffer.from(envelope.payload, 'base64').toString()));
    if (!receipt.ok) throw new Error(receipt.error);
    return receipt.value;
  });
  return [...earlier, file.value.receipt];
}

async function verify(journey: Journey, clone: string, head: string): Promise<string[]> {
  const keys = await keysOfWorker(journey.system.api, CLUSTER);
  if (!keys.ok) throw new Error(keys.error.message);
  const objects = openGitObjects(clone);
  try {
    const { findings } = await verifyLedger(objects, head, { ...keys.value, verify: verifyEd25519 });
    return findings.map(({ code, commit, app, message }) => `${code} ${commit.slice(0, 10)} ${app ?? ''}: ${message}`);
  } finally {
    objects.close();
  }
}

async function readManifests(git: Git): Promise<Map<string, Map<string, string>>> {
  const manifests = new Map<string, Map<string, string>>();
  for (const path of (await git('ls-tree', '-r', '--name-only', 'HEAD', 'apps')).split('\n')) {
    const [, app, file] = /^apps\/([^/]+)\/manifests\/(.+)$/.exec(path) ?? [];
    if (app === undefined || file === undefined) continue;
    const files = manifests.get(app) ?? new Map<string, string>();
    manifests.set(app, files);
    files.set(file, await git('show', `HEAD:${path}`));
  }
  return manifests;
}
