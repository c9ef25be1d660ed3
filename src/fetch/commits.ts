import type { Sql } from '../platform/sql.ts';

/** A commit whose whole tree is in the store. */
export interface KnownCommit {
  readonly oid: string;
  readonly tree: string;
  readonly author: string;
  readonly email: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly committedAt: number;
}

/** What is known of commits and of where revisions were seen last. */
export interface CommitTable {
  find(oid: string): KnownCommit | undefined;
  add(commit: KnownCommit): void;
  /** The commits that arrived last, newest first. */
  newest(count: number): string[];
  keepOnly(oids: ReadonlySet<string>): void;
  all(): KnownCommit[];
  revision(name: string): string | undefined;
  setRevision(name: string, oid: string): void;
  /** Every commit that some revision points to. */
  tips(): string[];
}

const COLUMNS = `oid, tree, author, subject, committed_at AS committedAt,
  coalesce((SELECT email FROM git_email WHERE git_email.oid = git_commit.oid), '') AS email`;

type Row = { oid: string; tree: string; author: string; email: string; subject: string; committedAt: number };

/** The tables git_commit and git_revision. */
export function createCommitTable(sql: Sql): CommitTable {
  // Every path that is looked up begins at its commit: the last one asked for is remembered. A commit never changes.
  let last: KnownCommit | undefined;
  return {
    find(oid) {
      if (last?.oid !== oid) last = sql.all<Row>(`SELECT ${COLUMNS} FROM git_commit WHERE oid = ?`, oid)[0];
      return last;
    },
    add(commit) {
      sql.run(
        'INSERT OR IGNORE INTO git_commit (oid, tree, author, subject, committed_at) VALUES (?, ?, ?, ?, ?)',
        commit.oid,
        commit.tree,
        commit.author,
        commit.subject,
        commit.committedAt,
      );
      sql.run('INSERT OR IGNORE INTO git_email (oid, email) VALUES (?, ?)', commit.oid, commit.email);
    },
    newest: (count) =>
      sql.all<{ oid: string }>('SELECT oid FROM git_commit ORDER BY seq DESC LIMIT ?', count).map((row) => row.oid),
    keepOnly(oids) {
      last = undefined;
      for (const { oid } of sql.all<{ oid: string }>('SELECT oid FROM git_commit')) {
        if (oids.has(oid)) continue;
        for (const table of ['git_commit', 'git_email']) sql.run(`DELETE FROM ${table} WHERE oid = ?`, oid);
      }
    },
    all: () => sql.all<Row>(`SELECT ${COLUMNS} FROM git_commit ORDER BY seq`),
    revision: (name) => sql.all<{ oid: string }>('SELECT oid FROM git_revision WHERE revision = ?', name)[0]?.oid,
    setRevision(name, oid) {
      sql.run('INSERT OR REPLACE INTO git_revision (revision, oid) VALUES (?, ?)', name, oid);
    },
    tips: () => sql.all<{ oid: string }>('SELECT DISTINCT oid FROM git_revision').map((row) => row.oid),
  };
}
