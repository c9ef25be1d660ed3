import type { AppSummary, AppView } from '../../core/api/views.ts';

export const REVISION = '4f1c2aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6';
const BUNDLE = `sha256:${'a'.repeat(64)}`;

/** An App as GET /api/apps/<cluster>/<app> answers: Synced and Healthy. */
export function fullView(app: string, cluster = 'eu-1'): AppView {
  return {
    cluster,
    app,
    state: 'present',
    definition: {
      id: app,
      cluster,
      project: 'default',
      origin: { dialect: 'argo', kind: 'Application', namespace: 'argocd', name: app, file: `fleet/${app}.yaml`, line: 1 },
      source: { repoURL: 'https://git.example.com/shop.git', revision: 'main', path: `apps/${app}` },
      policy: {
        dialect: 'argo',
        name: app,
        namespace: 'argocd',
        autoSync: true,
        prune: true,
        selfHeal: true,
        allowEmpty: false,
        targetNamespace: 'shop',
        createNamespace: true,
        suspended: false,
        retry: { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
        timeoutSeconds: 300,
        onDelete: 'prune',
        budget: { count: 10, percent: 50 },
      },
    },
    revision: REVISION,
    subject: 'Use two replicas',
    author: 'Ana <ana@example.com>',
    bundle: BUNDLE,
    problems: [],
    status: {
      app,
      generation: 7,
      revision: REVISION,
      bundle: BUNDLE,
      sync: 'Synced',
      health: { status: 'Healthy' },
      resources: [{ key: `apps/Deployment/shop/${app}`, version: 'v1', sync: 'Synced', health: { status: 'Healthy' } }],
      problems: [],
      drift: [],
      observedAt: 1_700_000_000_000,
    },
    requests: [],
  };
}

/** The same as GET /api/apps lists it. */
export function appView(app: string, cluster = 'eu-1'): AppSummary {
  const { status, ...view } = fullView(app, cluster);
  if (status === undefined) return view;
  const { resources, ...rest } = status;
  return { ...view, status: { ...rest, objects: resources.length } };
}
