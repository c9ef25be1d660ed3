/** Bounds of what is taken from a Git server. What a server declares is never believed, only compared with these. */
export interface FetchLimits {
  /** Bytes of one answer. */
  readonly packBytes: number;
  /** Larger files are recorded without their content, and only an App that reads one fails. */
  readonly blobBytes: number;
  /** Bytes of all objects of one fetch after decompression. */
  readonly expandedBytes: number;
  /** Objects of one fetch. */
  readonly objects: number;
  /** Entries that one walk through a tree may visit: trees that repeat themselves are small and endless. */
  readonly walkedEntries: number;
  readonly askMilliseconds: number;
  readonly fetchMilliseconds: number;
}

const MEBIBYTE = 1024 * 1024;

export const DEFAULT_LIMITS: FetchLimits = {
  packBytes: 512 * MEBIBYTE,
  blobBytes: 25 * MEBIBYTE,
  expandedBytes: 2048 * MEBIBYTE,
  objects: 1_000_000,
  walkedEntries: 500_000,
  askMilliseconds: 20_000,
  fetchMilliseconds: 300_000,
};
