import type { Notice, NoticeKind } from '../../../../core/api/activity.ts';
import { type GitNotify, NO_NOTIFY } from '../../../../core/notify/settings.ts';

export const SHA = '4f1c2aa0'.repeat(5);
let last = 0;

/** A notice about the App `shop` of the cluster `eu-1`; each has a number of its own. */
export function notice(kind: NoticeKind, more: Partial<Notice> = {}): Notice {
  last += 1;
  return {
    ...{
      seq: last,
      time: Date.now(),
      cluster: 'eu-1',
      app: 'shop',
      project: 'store',
      kind: 'deploy',
      text: `what happened: ${kind}`,
      revision: SHA,
      notice: kind,
    },
    about: {
      ...{
        id: 'shop',
        project: 'store',
        namespace: 'shop',
        repoURL: 'https://github.com/acme/fleet',
        path: 'apps/shop',
        targetRevision: 'main',
      },
      ...{
        revision: SHA,
        subject: 'Raise the limit',
        author: 'Ana',
        sync: 'Synced',
        health: { status: 'Healthy' },
        problems: [],
        subscriptions: {},
      },
      origin: { kind: 'Application', namespace: 'argocd', name: 'shop' },
    },
    ...more,
  };
}

/** What a fleet path says that subscribes these recipients, as `service` or `service:recipient`, to everything. */
export function subscribed(...recipients: readonly string[]): GitNotify {
  return {
    ...NO_NOTIFY,
    subscriptions: recipients.map((text) => {
      const [service = '', recipient = ''] = text.split(/:(.*)/);
      return { id: text, kinds: ALL, service, recipient, origin: 'fleet/notify.yaml:1' };
    }),
  };
}
const ALL: readonly NoticeKind[] = [
  ...([
    'sync-started',
    'sync-succeeded',
    'sync-failed',
    'health-degraded',
    'health-recovered',
    'drift-found',
    'drift-healed',
  ] as const),
  ...(['rolled-back', 'approval-needed', 'deletion-held', 'agent-silent', 'agent-back', 'signature-refused'] as const),
];
