import { type AppFile, askedApp, deployedApp, heldApp, parseAppFile, writeAppFile } from '../../core/ledger/app-file.ts';
import { appOf, type LedgerChange, type Receive } from '../../core/ledger/entry.ts';
import { APP_FILE, APPS, isAppId, MANIFESTS, manifestFiles, README_PATH, RECEIPTS } from '../../core/ledger/layout.ts';
import { ledgerReadme } from '../../core/ledger/readme.ts';
import { writeReceiptFile } from '../../core/ledger/receipt-file.ts';
import type { Edit, Edits } from './edit-tree.ts';
import { findPath, readText } from './find-path.ts';
import type { TreeReader } from './object-store.ts';
import type { Stage } from './stage.ts';
import type { LedgerTables } from './tables.ts';

const encoder = new TextEncoder();

export interface EditContext {
  readonly tables: LedgerTables;
  readonly readTree: TreeReader;
  readonly stage: Stage;
  /** The tree before the entry, undefined for the first. */
  readonly root: string | undefined;
  readonly cluster: string;
}

/** What an entry does to the tree, its files staged. */
export async function entryEdits(at: EditContext, changes: readonly LedgerChange[]): Promise<Edits> {
  const { stage, root, cluster } = at;
  const addFile = (text: string): Edit => ({ kind: 'file', oid: stage.add('blob', encoder.encode(text)) });
  const apps = new Map<string, Map<string, Edit> | 'removed'>();
  const receipts = new Map<string, [Receive, ...Receive[]]>();
  // What the entry itself has said so far of an App; later changes of the same entry build on it.
  const files = new Map<string, AppFile | undefined>();
  const fileOf = async (app: string) => (files.has(app) ? files.get(app) : readAppFile(at, app));
  const writeApp = (app: string, file: AppFile): Map<string, Edit> => {
    files.set(app, file);
    const known = apps.get(app);
    const edits = known === undefined || known === 'removed' ? new Map<string, Edit>() : known;
    apps.set(app, edits);
    return edits.set(APP_FILE, addFile(writeAppFile(file)));
  };

  for (const change of changes) {
    const app = appOf(change);
    if (change.kind === 'note' && app === '') continue;
    if (!isAppId(app)) throw new Error(`an App id that is not safe in a path: ${JSON.stringify(app)}`);
    switch (change.kind) {
      case 'deploy': {
        const manifests = manifestFiles(change.objects);
        const file = deployedApp(
          change,
          manifests.map((manifest) => manifest.name),
        );
        const edits = new Map(manifests.map(({ name, text }) => [name, addFile(text)] as const));
        writeApp(app, file).set(MANIFESTS, { kind: 'replace', edits });
        break;
      }
      case 'hold':
        writeApp(app, heldApp(change.app, change.problems, await fileOf(app)));
        break;
      case 'request': {
        const before = await fileOf(app);
        if (before !== undefined) writeApp(app, askedApp(before, change.request, change.generation));
        break;
      }
      case 'remove':
        files.set(app, undefined);
        apps.set(app, 'removed');
        break;
      case 'note':
        break;
      case 'receipt':
        if (receipts.get(app)?.push(change) === undefined) receipts.set(app, [change]);
        break;
    }
  }

  const edits = new Map<string, Edit>();
  if (root === undefined) edits.set(README_PATH, addFile(ledgerReadme(cluster)));
  if (apps.size > 0) edits.set(APPS, { kind: 'change', edits: new Map([...apps].map(([app, edit]) => [app, toEdit(edit)])) });
  const receiptFiles = [...receipts].map(([app, some]) => [`${app}.json`, addFile(writeReceiptFile(some))] as const);
  if (receiptFiles.length > 0) edits.set(RECEIPTS, { kind: 'change', edits: new Map(receiptFiles) });
  return edits;
}

function toEdit(app: Edits | 'removed'): Edit {
  return app === 'removed' ? { kind: 'remove' } : { kind: 'change', edits: app };
}

/** app.json below a root tree; undefined when the App is not there. */
export async function readAppFile(
  { tables, readTree, root }: Pick<EditContext, 'tables' | 'readTree' | 'root'>,
  app: string,
): Promise<AppFile | undefined> {
  const entry = findPath(readTree, root, [APPS, app, APP_FILE]);
  if (entry === undefined) return undefined;
  const file = parseAppFile(await readText(tables, entry.oid));
  if (!file.ok) throw new Error(file.error.message);
  return file.value;
}
