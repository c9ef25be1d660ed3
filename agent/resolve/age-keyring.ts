import { err, ok, type Result } from '../../core/result.ts';

/** Opens data keys that SOPS has encrypted for age recipients. */
export interface AgeKeyring {
  /** The data key in one of several armored age files, each for one recipient; undefined when no identity fits. */
  readonly open: (armored: readonly string[]) => Promise<Buffer | undefined>;
}

/** Armored age files are small; this keeps a hostile one from costing anything. */
const MAX_ARMORED = 16_384;

/**
 * A keyring of identities, as they stand in a key file: one a line, `#` begins a comment.
 * Fails with a sentence when one is not an age identity; it is never quoted. Loads the age library.
 */
export async function createAgeKeyring(files: ReadonlyMap<string, string>): Promise<Result<AgeKeyring, string>> {
  const age = await import('age-encryption');
  const decrypter = new age.Decrypter();
  for (const [file, text] of files) {
    for (const line of text.split('\n').map((part) => part.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      try {
        decrypter.addIdentity(line);
      } catch {
        return err(`its entry ${file} holds something else than age identities (AGE-SECRET-KEY-1…)`);
      }
    }
  }
  // Objects that were encrypted together share their data key.
  const opened = new Map<string, Promise<Buffer | undefined>>();
  const openOne = async (armored: string): Promise<Buffer | undefined> => {
    if (armored.length > MAX_ARMORED) return undefined;
    try {
      const plain = await decrypter.decrypt(age.armor.decode(armored));
      return plain.length === 32 ? Buffer.from(plain) : undefined;
    } catch {
      return undefined; // For somebody else, or damaged: either way not ours.
    }
  };
  return ok({
    async open(armored) {
      for (const file of armored) {
        const opening = opened.get(file) ?? openOne(file);
        opened.set(file, opening);
        const key = await opening;
        if (key !== undefined) return key;
      }
      return undefined;
    },
  });
}
