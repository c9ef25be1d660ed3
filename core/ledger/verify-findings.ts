/** What does not hold. */
export type FindingCode =
  /** The history is broken: a commit is missing, changed or not one. */
  | 'commit.chain'
  | 'commit.signature'
  /** Something in the tree is missing or is not what its id names. */
  | 'tree.missing'
  /** Something changed that the commit does not name, or is there that does not belong. */
  | 'tree.unnamed'
  /** app.json and the trailers of its commit disagree, or it cannot be read. */
  | 'app.file'
  /** The bundle's digest does not follow from the object digests. */
  | 'app.bundle'
  /** A manifest is not the one whose digest is recorded. */
  | 'manifest.digest'
  /** A Secret shows a value. */
  | 'manifest.unmasked'
  /** The receipt cannot be read, or does not say what its commit says of it. */
  | 'receipt.file'
  | 'receipt.signature'
  /** The agent says that it ran something else than what was decided for that generation. */
  | 'receipt.bundle'
  /** The receipt names a snapshot that the ledger does not: not proven, which is less than wrong. */
  | 'receipt.snapshot';

export interface Finding {
  readonly code: FindingCode;
  readonly commit: string;
  readonly app?: string;
  readonly message: string;
}

/** What was proven, in numbers, and what was not. All is well if and only if `findings` is empty. */
export interface Report {
  readonly head: string;
  readonly commits: number;
  readonly deployments: number;
  /** Manifest files proven from their bytes; the same file in several commits counts once. */
  readonly manifests: number;
  /** Files of Secrets, whose digests cannot be proven. */
  readonly masked: number;
  readonly receipts: number;
  readonly findings: readonly Finding[];
}

/** A broken ledger must not fill the memory with findings. */
const MAX_FINDINGS = 1000;

export function createFindings(): { readonly all: readonly Finding[]; add(finding: Finding): void } {
  const all: Finding[] = [];
  return {
    all,
    add: (finding) => {
      if (all.length < MAX_FINDINGS) all.push(finding);
    },
  };
}
