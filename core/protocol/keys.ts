import { canonicalJson } from '../json/canonical.ts';
import type { Problem } from '../problem/problem.ts';
import { ok, type Result } from '../result.ts';
import { openEnvelope, refuse } from './dsse.ts';
import { KEY_LIST_TYPE, type KeyList, type PublicKey } from './messages.ts';
import { parseKeyList } from './schemas.ts';
import { keyBytes, type Verify } from './signing.ts';

/**
 * Decides whether a key list replaces the accepted one. The root key was pinned at install and is the only trust there is.
 * Fails with `protocol.refused`: P01–P04 (envelope), P05 (malformed, or a key whose id is not its own), P06 (another fleet's root),
 * P07 (older than the accepted list), P08 (same version, other content).
 */
export async function acceptKeyList(
  envelope: unknown,
  trust: { readonly root: PublicKey; readonly accepted: KeyList | undefined; readonly verify: Verify },
): Promise<Result<KeyList, Problem>> {
  const opened = await openEnvelope(envelope, { type: KEY_LIST_TYPE, keys: [trust.root], verify: trust.verify });
  if (!opened.ok) return opened;
  const parsed = parseKeyList(opened.value.value);
  if (!parsed.ok) return refuse('P05', `malformed key list: ${parsed.error}`);
  const list = parsed.value;
  const impostor = list.keys.find((key) => keyBytes(key) === undefined);
  if (impostor !== undefined) return refuse('P05', `key ${impostor.keyid} is not the key that its id names`);
  if (list.root !== trust.root.keyid)
    return refuse('P06', `key list of root ${list.root}, this fleet's root is ${trust.root.keyid}`);
  const { accepted } = trust;
  if (accepted === undefined || list.version > accepted.version) return ok(list);
  if (list.version < accepted.version)
    return refuse('P07', `key list ${list.version} is older than the accepted ${accepted.version}`);
  if (canonicalJson(list) !== canonicalJson(accepted))
    return refuse('P08', `two different key lists have version ${list.version}`);
  return ok(accepted);
}
