import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** The bytes by which a text is found again: as it is, in UTF-16, in hex, and in base64 at each of its three alignments. */
export function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const aligned = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The letters at both ends mix with what stands beside the text.
    return encoded.slice(shift === 0 ? 0 : shift + 1, -1);
  });
  const hex = bytes.toString('hex');
  return [bytes, Buffer.from(text, 'utf16le'), ...[hex, hex.toUpperCase(), ...aligned].map((form) => Buffer.from(form))];
}

/** Which of the named texts are found in some form. */
export function findForms(bytes: Buffer, texts: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(texts)
    .filter(([, text]) => formsOf(text).some((form) => bytes.includes(form)))
    .map(([name]) => name);
}

const UNPACKERS = [inflateSync, inflateRawSync, gunzipSync, brotliDecompressSync, zstdDecompressSync] as const;

/** The bytes, and what every way of unpacking makes of them. */
export function unpacked(bytes: Buffer): readonly Buffer[] {
  return [
    bytes,
    ...UNPACKERS.flatMap((unpack) => {
      try {
        return [unpack(bytes, { maxOutputLength: 64 << 20 })];
      } catch {
        return [];
      }
    }),
  ];
}

export interface StoredPlace {
  /** File, and table and column where it is a row. */
  readonly place: string;
  readonly bytes: Buffer;
}

/** Everything below a folder: each file raw, and each value of each table of those that are databases. */
export async function* storedIn(folder: string): AsyncGenerator<StoredPlace> {
  const databases: (readonly [string, string])[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const place = path.slice(folder.length + 1);
    const bytes = await readFile(path);
    yield { place, bytes };
    if (bytes.subarray(0, 15).toString() === 'SQLite format 3') databases.push([path, place]);
  }
  // Opening a database may rewrite its files, so that comes last.
  for (const [path, place] of databases) yield* rowsOf(path, place);
}

function* rowsOf(path: string, place: string): Generator<StoredPlace> {
  const database = new DatabaseSync(path);
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[]; // one column, a text
    for (const { name } of tables) {
      const everything = database.prepare(`SELECT * FROM "${name}"`);
      // workerd keeps the times of alarms in nanoseconds, which are more than a number holds.
      everything.setReadBigInts(true);
      for (const row of everything.all()) {
        for (const [column, value] of Object.entries(row)) {
          const isBytes = value instanceof Uint8Array;
          if (isBytes || typeof value === 'string')
            yield { place: `${place} ${name}.${column}`, bytes: Buffer.from(isBytes ? value : `${value}`) };
        }
      }
    }
  } finally {
    database.close();
  }
}
