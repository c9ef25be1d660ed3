import type { AccessPort } from '../platform/access-port.ts';
import type { NotifierPort } from '../platform/notifier-port.ts';
import type { ClusterPort, RepositoryPort } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

/** What a journey is made of. */
export interface JourneyParts {
  readonly sql: Sql;
  readonly vault: Vault;
  readonly now: () => number;
  /** The objects that it speaks to, as far as it does. */
  readonly ports: {
    repository(repo: string): Pick<RepositoryPort, 'refresh' | 'changes' | 'definitions' | 'render' | 'retain'>;
    cluster(name: string): Pick<ClusterPort, 'publish'>;
    readonly access: Pick<AccessPort, 'putGit'>;
    readonly notifier: Pick<NotifierPort, 'putGit'>;
  };
  /** Commits that a webhook named. */
  readonly announced: readonly string[];
  /** Told of repositories that have work to do now, because a definition that uses them has changed. */
  readonly alsoDirty: (repos: readonly string[]) => void;
}
