import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Report } from '../../core/ledger/verify-findings.ts';
import { ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, notAsAsked, usage } from '../failure.ts';
import type { TrustedKeys } from '../ledger/trusted-keys.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly cluster?: string;
  readonly signers?: string;
  readonly agentKey: readonly string[];
}

/** `plumb ledger verify <clone or cluster>`: proves commit → digest → receipt. Ends with 1 when something does not hold. */
export function defineLedgerVerify(ledger: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    ledger
      .command('verify')
      .description(
        'prove a ledger: signatures, history, bundle digests, and the receipts of the agent; ends with 1 when something does not hold',
      )
      .argument('<clone or cluster>', 'folder of a clone, or the name of a cluster, which is cloned to a temporary folder'),
  )
    .option('--cluster <name>', 'cluster that the clone is of, where its address does not say')
    .option('--signers <file>', 'allowed_signers file to trust instead of asking the Worker')
    .option(
      '--agent-key <key>',
      "with --signers: public key of the cluster's agent, base64; may be repeated",
      (key: string, all: readonly string[]) => [...all, key],
      [],
    );
  addExamples(command, [
    ['the ledger of a cluster as the Worker serves it', 'plumb ledger verify eu-1'],
    [
      'a clone, against keys that were kept elsewhere',
      'plumb ledger verify ./eu-1 --signers allowed_signers --agent-key "$AGENT_KEY"',
    ],
  ]);
  handle<Flags>(command, terminal, async (session, [target = '']) => {
    const folder = resolve(terminal.cwd, target);
    const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
    if (isFolder) return verifyClone(session, folder, session.flags.cluster);
    if (!/^_?[a-z0-9-]+$/.test(target)) return usage(`${target} is neither a folder nor the name of a cluster`);
    const connection = await session.settings();
    if (!connection.ok) return connection;
    const temporary = await mkdtemp(join(tmpdir(), 'plumb-ledger-'));
    try {
      const clone = join(temporary, 'clone');
      const done = await (await import('../ledger/ledger-clone.ts')).cloneLedger(connection.value, target, clone);
      return done.ok ? await verifyClone(session, clone, target) : done;
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}

async function verifyClone(session: Session<Flags>, folder: string, name: string | undefined): Promise<Result<0 | 1, Failure>> {
  const { headOf, clusterOfClone } = await import('../ledger/ledger-clone.ts');
  const head = await headOf(folder);
  if (!head.ok) return head;
  if (head.value === undefined) return notAsAsked('the ledger has no entries: there is nothing to verify');
  const trust = await trustedKeys(session, name ?? (await clusterOfClone(folder)));
  if (!trust.ok) return trust;
  const { openGitObjects } = await import('../ledger/git-objects.ts');
  const { verifyLedger } = await import('../../core/ledger/verify.ts');
  const { verifyEd25519 } = await import('../keys/root-key.ts');
  const objects = openGitObjects(folder);
  try {
    const report = await verifyLedger(objects, head.value, { ...trust.value, verify: verifyEd25519 });
    await session.writer.result(report, () => describeReport(report, session.terminal));
    if (trust.value.head !== undefined && trust.value.head !== report.head) {
      session.terminal.say(
        `note: the newest entry is ${trust.value.head.slice(0, 10)}, this clone ends at ${report.head.slice(0, 10)}`,
      );
    }
    return ok(report.findings.length === 0 ? EXIT.ok : EXIT.notAsAsked);
  } finally {
    objects.close();
  }
}

async function trustedKeys(
  { flags, api, terminal }: Session<Flags>,
  cluster: string | undefined,
): Promise<Result<TrustedKeys, Failure>> {
  const { givenKeys, keysOfWorker } = await import('../ledger/trusted-keys.ts');
  if (flags.signers !== undefined) return givenKeys({ signers: flags.signers, agentKey: flags.agentKey }, terminal.cwd);
  if (cluster === undefined)
    return usage(
      'the clone does not say of which cluster it is',
      'Name it with --cluster, or give the keys with --signers and --agent-key.',
    );
  const client = await api();
  return client.ok ? keysOfWorker(client.value, cluster) : client;
}

function describeReport(report: Report, terminal: Terminal): string {
  const { commits, deployments, manifests, masked, receipts, findings } = report;
  const counts = `${commits} entries, ${deployments} deployments, ${manifests} manifests (${masked} of Secrets, whose values are masked), ${receipts} receipts`;
  if (findings.length === 0) return `${terminal.paint('green', 'Verified:')} ${counts}. Newest entry: ${report.head}\n`;
  const lines = findings.map(
    ({ code, commit, app, message }) => `  ${commit.slice(0, 10)}${app === undefined ? '' : ` ${app}`}: ${message} [${code}]`,
  );
  return `${terminal.paint('red', 'Not verified:')} ${counts}.\n${printable(lines.join('\n'))}\n`;
}
