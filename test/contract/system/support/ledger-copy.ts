import { join } from 'node:path';
import { git } from '../../../src/ledger/stock-git.ts';

/** The header that lets stock Git in, for its command line. */
function withToken(token: string): readonly string[] {
  return ['-c', `http.extraHeader=Authorization: Bearer ${token}`];
}

export interface LedgerPlace {
  readonly url: string;
  readonly token: string;
  readonly cluster: string;
}

/** Clones a ledger by stock Git into a new folder below `parent`; gives its path. */
export async function cloneLedger(place: LedgerPlace, parent: string, name = 'ledger'): Promise<string> {
  await git(parent, ...withToken(place.token), 'clone', '--quiet', `${place.url}/ledger/${place.cluster}.git`, name);
  return join(parent, name);
}

/** The `app.json` of an App in a clone, or undefined. */
export async function readAppFile(
  clone: string,
  app: string,
): Promise<
  { readonly problems: readonly { readonly code: string; readonly message: string }[]; readonly bundle?: string } | undefined
> {
  const text = await git(clone, 'show', `HEAD:apps/${app}/app.json`).catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Every object of a clone, commits, trees and files, as one text; names in trees are readable, their ids are not. */
export function everyObject(clone: string): Promise<string> {
  return git(clone, 'cat-file', '--batch-all-objects', '--batch');
}
