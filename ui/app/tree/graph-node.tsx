import { ChevronsDownUp, ChevronsUpDown } from 'lucide-react';
import type { AppView } from '../../../core/api/views.ts';
import { HealthIcon } from '../../components/badge.tsx';
import { describeLifetime } from '../words/durations.ts';
import { toKindMark } from '../words/kind-mark.ts';
import styles from './tree.module.css';
import type { TreeFold } from './tree-fold.ts';
import type { TreeItem } from './tree-model.ts';

/** What every node of the graph needs: one is in the tab order. */
interface NodeProps {
  readonly tabIndex: number;
  readonly onFocus: () => void;
}

/** An object: its kind and name, its health, whether it is as Git says, and a few words. */
export function ObjectNode({
  item,
  now,
  onPress,
  ...rest
}: NodeProps & { readonly item: TreeItem; readonly now: number; readonly onPress: () => void }) {
  const { ref, health, sync, drift, restarts, info, images, createdAt } = item;
  const age = describeLifetime(createdAt, now);
  const words = [age, ...info, ...(restarts > 0 ? [`${restarts}↻`] : []), ...images.map(shortImage)].filter(Boolean);
  const isOut = sync === 'OutOfSync' || drift !== undefined;
  return (
    <button
      type="button"
      className={styles.node}
      data-health={health.status}
      data-out={isOut || undefined}
      title={`${ref.kind} ${ref.name}`}
      onClick={onPress}
      {...rest}
    >
      <span className={styles.mark} aria-hidden="true">
        {toKindMark(ref.kind)}
      </span>
      <span className={styles.nodeText}>
        <span className={styles.nodeName}>
          <span className="visually-hidden">{ref.kind} </span>
          {ref.name}
        </span>
        <span className={styles.nodeWords}>
          {isOut ? <span className={styles.drift}>{drift === undefined ? 'OutOfSync' : 'drift'} </span> : null}
          {words.join(' · ') || ref.kind}
        </span>
      </span>
      <HealthIcon status={health.status} />
    </button>
  );
}

/** Several objects as one; pressing it shows them. */
export function FoldNode({
  fold,
  isOpened,
  onPress,
  ...rest
}: NodeProps & { readonly fold: TreeFold; readonly isOpened: boolean; readonly onPress: () => void }) {
  const Icon = isOpened ? ChevronsDownUp : ChevronsUpDown;
  return (
    <button
      type="button"
      className={styles.node}
      data-fold
      data-health={fold.health}
      aria-expanded={isOpened}
      onClick={onPress}
      {...rest}
    >
      <Icon size={16} aria-hidden />
      <span className={styles.nodeText}>
        <span className={styles.nodeName}>{fold.title}</span>
        <span className={styles.nodeWords}>{isOpened ? 'fold them' : 'show them'}</span>
      </span>
      <HealthIcon status={fold.health} />
    </button>
  );
}

/** The App, where it all begins. It is a button for the arrow keys only: there is nothing to open. */
export function AppNode({ app, view, ...rest }: NodeProps & { readonly app: string; readonly view: AppView }) {
  const { sync = 'Unknown', health } = view.status ?? {};
  return (
    <button type="button" className={styles.node} data-root data-health={health?.status ?? 'Unknown'} {...rest}>
      <span className={styles.mark} aria-hidden="true">
        app
      </span>
      <span className={styles.nodeText}>
        <span className={styles.nodeName}>{app}</span>
        <span className={styles.nodeWords}>
          {sync} · {view.revision.slice(0, 7)}
        </span>
      </span>
      <HealthIcon status={health?.status ?? 'Unknown'} />
    </button>
  );
}

/** `registry.example/team/web:1.2@sha256:…` → `web:1.2`. */
function shortImage(image: string): string {
  const name = image.replace(/@.*$/, '').split('/').at(-1) ?? image;
  return name === '' ? image : name;
}
