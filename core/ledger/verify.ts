import { type ParsedCommit, parseCommit } from './git-object.ts';
import { APPS, README_PATH, RECEIPTS } from './layout.ts';
import { verifySsh } from './ssh-signature.ts';
import { parseTrailers } from './trailers.ts';
import { verifyApps } from './verify-app.ts';
import { createFindings, type Finding, type Report } from './verify-findings.ts';
import { verifyReceipts } from './verify-receipt.ts';
import {
  type LedgerReader,
  type LedgerState,
  type LedgerTrust,
  type Root,
  readEntries,
  readProven,
  type Step,
} from './verify-step.ts';

/**
 * Proves a ledger from its objects alone, without trusting the Git that they came through, in one pass from the first commit to the last:
 *
 *   1. every object is the one that its id names, and each commit names the one before it: nothing was changed, dropped or put in between
 *   2. every commit is signed by a key of the ledger
 *   3. a commit changes the Apps and receipts that its trailers name, and nothing else
 *   4. commit → digest: the Bundle trailer is the bundle of app.json, which follows from the digests listed there, and each of those from its
 *      manifest (those of Secrets cannot be proven, because their values are masked; they are checked to be masked)
 *   5. digest → receipt: the agent's signature is good, and what it says it ran is what was decided for that generation and snapshot
 *
 * What cannot be seen from inside: newest commits that were cut off. Compare `head` with what the installation says.
 */
const EMPTY: Root = { apps: new Map(), receipts: new Map() };

/** Verifies everything up to `head`. Never throws for what is in the ledger: what does not hold is a finding. */
export async function verifyLedger(reader: LedgerReader, head: string, trust: LedgerTrust): Promise<Report> {
  const findings = createFindings();
  const chain = await readChain(reader, head, findings.add);
  const state: LedgerState = { decided: new Map(), snapshots: new Map(), proven: new Set() };
  const report = { head, commits: 0, deployments: 0, manifests: 0, masked: 0, receipts: 0 };
  let before: Root = EMPTY;
  for (const oid of chain) {
    const commit = await readCommit(reader, oid);
    if (commit === undefined) break;
    const add = (finding: Omit<Finding, 'commit'>) => findings.add({ ...finding, commit: oid });
    const signer = await verifySsh(commit.signed, commit.signature ?? '', { keys: trust.signers, verify: trust.verify });
    if (signer === undefined) add({ code: 'commit.signature', message: 'not signed by a key of this ledger' });
    report.commits++;
    const { changes, snapshots } = parseTrailers(commit.message);
    for (const { generation, digest } of snapshots)
      state.snapshots.set(generation, [...(state.snapshots.get(generation) ?? []), digest]);
    const after = await readRoot(reader, commit.tree, add);
    const step: Step = { reader, trust, state, changes, before, after, add };
    const apps = await verifyApps(step);
    report.deployments += apps.deployments;
    report.manifests += apps.manifests;
    report.masked += apps.masked;
    report.receipts += await verifyReceipts(step);
    before = after;
  }
  return { ...report, findings: findings.all };
}

/** Commits from the first to `head`; ends early, with a finding, where the chain is broken. */
async function readChain(reader: LedgerReader, head: string, add: (finding: Finding) => void): Promise<string[]> {
  const chain: string[] = [];
  const seen = new Set<string>();
  let next: string | undefined = head;
  while (next !== undefined && !seen.has(next)) {
    const commit: ParsedCommit | undefined = await readCommit(reader, next);
    if (commit === undefined) {
      add({
        code: 'commit.chain',
        commit: next,
        message: 'missing, changed, or not a commit of a ledger; what is older cannot be proven',
      });
      break;
    }
    if (commit.parents.length > 1) add({ code: 'commit.chain', commit: next, message: 'a merge: a ledger is one line' });
    chain.push(next);
    seen.add(next);
    next = commit.parents[0];
  }
  return chain.reverse();
}

async function readCommit(reader: LedgerReader, oid: string): Promise<ParsedCommit | undefined> {
  const data = await readProven(reader, oid, 'commit');
  return data === undefined ? undefined : parseCommit(data);
}

async function readRoot(reader: LedgerReader, oid: string, add: Step['add']): Promise<Root> {
  const entries = await readEntries(reader, oid);
  if (entries === undefined) {
    add({ code: 'tree.missing', message: 'the tree is missing or changed' });
    return EMPTY;
  }
  for (const { name } of entries) {
    if (name !== APPS && name !== RECEIPTS && name !== README_PATH)
      add({ code: 'tree.unnamed', message: `${name} does not belong in a ledger` });
  }
  const folder = async (name: string) => {
    const entry = entries.find((one) => one.name === name);
    const inside = entry === undefined ? [] : await readEntries(reader, entry.oid);
    if (inside === undefined) add({ code: 'tree.missing', message: `the folder ${name} is missing or changed` });
    return new Map((inside ?? []).map((one) => [one.name, one.oid]));
  };
  return { apps: await folder(APPS), receipts: await folder(RECEIPTS) };
}
