import type { AppRow } from '../../../core/api/board.ts';

/** A row that is well; what matters to a test is given. */
export function row(changes: Partial<AppRow> = {}): AppRow {
  return {
    cluster: 'eu-1',
    app: 'shop',
    project: 'default',
    namespace: 'shop',
    kind: 'Application',
    labels: {},
    repo: 'https://git.example.org/fleet.git',
    path: 'apps/shop',
    sync: 'Synced',
    health: 'Healthy',
    revision: '4f1c2aa0'.padEnd(40, '0'),
    subject: 'Raise the replicas',
    author: 'Ana',
    since: 1_000,
    objects: 3,
    isPinned: false,
    isSuspended: false,
    isSyncing: false,
    ...changes,
  };
}
