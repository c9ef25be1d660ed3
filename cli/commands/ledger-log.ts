import type { Command } from 'commander';
import type { LedgerEntryView } from '../../core/api/routes.ts';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { formatTime } from '../output/age.ts';
import { printable } from '../output/printable.ts';
import { formatFields } from '../output/table.ts';
import { parseCount } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { formatEntries } from './app-history.ts';
import { withNearClusters } from './near-clusters.ts';

interface Flags {
  readonly limit: number;
  readonly app?: string;
  readonly before?: string;
}

/** `plumb ledger log <cluster>`: its entries, newest first, without a clone. */
export function defineLedgerLog(ledger: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    ledger.command('log').description('the entries of the ledger of a cluster, newest first').argument('<cluster>', 'its name'),
  )
    .option('--limit <n>', 'how many', parseCount, 20)
    .option('--app <name>', 'only about this App')
    .option('--before <commit>', 'only what came before this entry');
  addExamples(command, [
    ['the last entries', 'plumb ledger log eu-1'],
    ['who changed what about one App', 'plumb ledger log eu-1 --app web'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }, [cluster = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const query = { app: flags.app, before: flags.before, limit: String(flags.limit) };
    const page = await client.value.call('GET /ledger/:cluster', { params: { cluster }, query });
    if (!page.ok) return withNearClusters(client.value, cluster, page.error);
    const { entries, before } = page.value;
    await writer.result(entries, () => formatEntries(entries, terminal));
    if (before !== undefined) terminal.say(`more: --before ${before}`);
    return ok(EXIT.ok);
  });
}

/** `plumb ledger show <cluster> <entry>`: one entry, its message and what it changed. */
export function defineLedgerShow(ledger: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    ledger
      .command('show')
      .description('one entry of the ledger: the whole message, and what it changed in the manifests, Secrets masked')
      .argument('<cluster>', 'its name')
      .argument('<entry>', 'commit of the ledger, or its first digits'),
  );
  addExamples(command, [['what did this deployment change?', 'plumb ledger show eu-1 4f1c2aa']]);
  handle(command, terminal, async ({ writer, api }, [cluster = '', entry = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const shown = await client.value.call('GET /ledger/:cluster/:entry', { params: { cluster, entry } });
    if (!shown.ok) return shown;
    const text = await formatEntry(shown.value, terminal);
    await writer.result(shown.value, () => text);
    return ok(EXIT.ok);
  });
}

async function formatEntry({ commit, time, generation, text, files }: LedgerEntryView, terminal: Terminal): Promise<string> {
  const { formatFiles } = await import('../output/format-files.ts');
  const head = formatFields(
    [
      ['Entry', commit],
      ['Time', formatTime(time)],
      ['Generation', generation],
    ],
    terminal,
  );
  const message = printable(text.trimEnd())
    .split('\n')
    .map((line) => (line === '' ? '\n' : `    ${line}\n`))
    .join('');
  const changed = files.map(({ path, from, to }) => ({
    title: path,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }));
  return `${head}\n${message}\n${files.length === 0 ? '' : formatFiles(changed, terminal)}`;
}

/** `plumb ledger state <cluster>`: what the Worker finds when it looks at the signatures; `verify` does not have to believe it. */
export function defineLedgerState(ledger: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    ledger
      .command('state')
      .description('whether the newest entries are signed and follow each other, as the Worker says; `verify` proves it here')
      .argument('<cluster>', 'its name'),
  );
  addExamples(command, [['a quick look', 'plumb ledger state eu-1']]);
  handle(command, terminal, async ({ writer, api }, [cluster = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const state = await client.value.call('GET /ledger/:cluster/state', { params: { cluster } });
    if (!state.ok) return withNearClusters(client.value, cluster, state.error);
    const { head, entries, checked, verified, broken, clone } = state.value;
    await writer.result(state.value, () =>
      formatFields(
        [
          ['State', verified ? { text: 'verified', colour: 'green' } : { text: 'not verified', colour: 'red' }],
          ['Broken at', broken === undefined ? undefined : `${broken.commit}: ${broken.message}`],
          ['Entries', `${entries}, of which ${checked} were checked`],
          ['Newest', head],
          ['Clone', clone],
        ],
        terminal,
      ),
    );
    return ok(verified ? EXIT.ok : EXIT.notAsAsked);
  });
}
