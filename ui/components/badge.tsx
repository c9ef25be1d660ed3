import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  Ghost,
  Info,
  LoaderCircle,
  RefreshCw,
  TriangleAlert,
} from 'lucide-react';
import type { ComponentType, ReactNode } from 'react';
import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';
import styles from './badge.module.css';
import { classNames } from './class-names.ts';
import { HEALTH_TONE, SYNC_TONE, type Tone } from './tone.ts';

type Icon = ComponentType<{ readonly size?: number; readonly className?: string; readonly 'aria-hidden'?: boolean }>;

const TONE_ICON: { readonly [tone in Tone]: Icon } = {
  good: CircleCheck,
  wait: LoaderCircle,
  bad: CircleAlert,
  info: Info,
  quiet: CircleHelp,
};
const HEALTH_ICON: { readonly [status in HealthStatus]: Icon } = {
  Healthy: CircleCheck,
  Progressing: LoaderCircle,
  Suspended: CirclePause,
  Missing: Ghost,
  Degraded: TriangleAlert,
  Unknown: CircleHelp,
};
const SYNC_ICON: { readonly [status in SyncStatus]: Icon } = {
  Synced: CircleCheck,
  OutOfSync: CircleDashed,
  Unknown: CircleHelp,
};

/** A state as icon and word; the colour only helps. */
export function Badge({ tone, icon, children }: { readonly tone: Tone; readonly icon?: Icon; readonly children: ReactNode }) {
  const Shown = icon ?? TONE_ICON[tone];
  return (
    <span className={classNames(styles.badge, styles[tone])}>
      <Shown size={14} aria-hidden />
      {children}
    </span>
  );
}

export function SyncBadge({ status, isSyncing = false }: { readonly status: SyncStatus; readonly isSyncing?: boolean }) {
  if (isSyncing)
    return (
      <Badge tone="info" icon={RefreshCw}>
        Syncing
      </Badge>
    );
  return (
    <Badge tone={SYNC_TONE[status]} icon={SYNC_ICON[status]}>
      {status}
    </Badge>
  );
}

export function HealthBadge({ status }: { readonly status: HealthStatus }) {
  return (
    <Badge tone={HEALTH_TONE[status]} icon={HEALTH_ICON[status]}>
      {status}
    </Badge>
  );
}

/** The icon alone, for dense places; it has a name for those who do not see it. */
export function HealthIcon({ status, size = 16 }: { readonly status: HealthStatus; readonly size?: number }) {
  const Shown = HEALTH_ICON[status];
  return (
    <span className={classNames(styles.icon, styles[HEALTH_TONE[status]])} role="img" aria-label={status} title={status}>
      <Shown size={size} aria-hidden />
    </span>
  );
}
