import type { AppView } from '../../../core/api/views.ts';
import type { AppStatus, HealthStatus, ResourceStatus, SyncStatus } from '../../../core/app/status.ts';

const POLICY: AppView['definition']['policy'] = {
  dialect: 'argo',
  name: 'web',
  namespace: 'argocd',
  autoSync: true,
  prune: true,
  selfHeal: true,
  allowEmpty: false,
  createNamespace: false,
  suspended: false,
  retry: { limit: 0, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
  timeoutSeconds: 300,
  onDelete: 'prune',
  budget: { count: 10, percent: 50 },
};

export function statusOf(sync: SyncStatus, health: HealthStatus, resources: readonly ResourceStatus[] = []): AppStatus {
  return {
    app: 'web',
    generation: 1,
    revision: 'a'.repeat(40),
    bundle: 'sha256:1',
    sync,
    health: { status: health },
    resources,
    problems: [],
    drift: [],
    observedAt: 1,
  };
}

/** An App that is well, but for what the test says. */
export function appView(parts: Partial<AppView> = {}, policy: Partial<AppView['definition']['policy']> = {}): AppView {
  return {
    cluster: 'eu-1',
    app: 'web',
    state: 'present',
    definition: {
      id: 'web',
      cluster: 'eu-1',
      project: 'shop',
      origin: { dialect: 'argo', kind: 'Application', namespace: 'argocd', name: 'web', file: 'fleet/web.yaml', line: 1 },
      source: { repoURL: 'https://git.example/shop.git', revision: 'main', path: 'web' },
      policy: { ...POLICY, ...policy },
    },
    revision: 'a'.repeat(40),
    subject: 'serve more',
    author: 'Ana',
    bundle: 'sha256:1',
    problems: [],
    status: statusOf('Synced', 'Healthy'),
    requests: [],
    ...parts,
  };
}
