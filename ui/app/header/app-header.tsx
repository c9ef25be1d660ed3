import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { AppView } from '../../../core/api/views.ts';
import type { StreamState } from '../../api/event-stream.ts';
import { Badge, HealthBadge, SyncBadge } from '../../components/badge.tsx';
import { OutsideLink } from '../../components/outside-link.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { toLine } from '../words/plain-text.ts';
import { toRepoLinks } from '../words/repo-link.ts';
import styles from './app-header.module.css';

export interface AppHeaderProps {
  readonly address: AppAddress;
  readonly view: AppView;
  readonly stream: StreamState;
}

/** Who it is, how it is, and what runs: the badges, the commit and where it comes from. */
export function AppHeader({ address, view, stream }: AppHeaderProps) {
  const { definition, status, state } = view;
  return (
    <section className={styles.header} aria-label="Summary">
      <div className={styles.badges}>
        <SyncBadge status={status?.sync ?? 'Unknown'} isSyncing={status?.progress?.state === 'running'} />
        <HealthBadge status={status?.health.status ?? 'Unknown'} />
        {state === 'removed' ? <Badge tone="wait">Being removed</Badge> : null}
        {status?.health.message === undefined ? null : <span className={styles.message}>{toLine(status.health.message)}</span>}
        {stream === 'open' || stream === 'connecting' ? null : (
          <span className={styles.live}>Not live: asked for every few seconds</span>
        )}
      </div>
      <Commit view={view} />
      <dl className={styles.facts}>
        <Fact name="Cluster">
          <Link href={`/clusters/${encodeURIComponent(address.cluster)}`}>{address.cluster}</Link>
        </Fact>
        <Fact name="Project">{definition.project}</Fact>
        <Fact name="Namespace">{definition.policy.targetNamespace ?? definition.policy.namespace}</Fact>
        <Fact name="Source">
          <OutsideLink href={toRepoLinks(definition.source.repoURL)?.repo}>{withoutUser(definition.source.repoURL)}</OutsideLink>
        </Fact>
        <Fact name="Path">
          <code>{definition.source.path === '' ? '/' : definition.source.path}</code> at <code>{definition.source.revision}</code>
        </Fact>
        <Fact name="Defined as">
          {definition.origin.kind} in <code>{definition.origin.file}</code>
        </Fact>
      </dl>
    </section>
  );
}

function Commit({ view }: { readonly view: AppView }) {
  const { revision, subject, author, committedAt, definition } = view;
  if (revision === '') return <p className={styles.commit}>Nothing of it was rendered yet.</p>;
  const link = toRepoLinks(definition.source.repoURL)?.commit?.(revision);
  return (
    <p className={styles.commit}>
      <code title={revision}>
        <OutsideLink href={link}>{revision.slice(0, 7)}</OutsideLink>
      </code>{' '}
      <strong>{toLine(subject)}</strong>{' '}
      <span className={styles.by}>
        {author === '' ? null : <>by {toLine(author)} </>}
        {committedAt === undefined ? null : <RelativeTime time={committedAt} />}
      </span>
    </p>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Nobody should read a password over a shoulder, even one that should not be in a URL. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}
