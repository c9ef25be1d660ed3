import { Link } from 'wouter';
import styles from './tabs.module.css';
import { useCurrentInView } from './use-current-in-view.ts';

export interface Tab {
  readonly href: string;
  readonly title: string;
  readonly count?: number;
}

/** Parts of a page that have addresses of their own: links, so that they open in new windows and the browser's way back works. */
export function Tabs({
  tabs,
  current,
  label,
}: {
  readonly tabs: readonly Tab[];
  readonly current: string;
  readonly label: string;
}) {
  const row = useCurrentInView<HTMLElement>(current);
  return (
    <nav ref={row} className={styles.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          className={styles.tab ?? ''}
          aria-current={tab.href === current ? 'page' : undefined}
        >
          {tab.title}
          {tab.count === undefined ? null : <span className={styles.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
