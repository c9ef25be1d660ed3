import type { AppRow } from '../api/board.ts';
import type { AppView } from '../api/views.ts';

/** An App as one line of the list of all. `reasons[0]` of the view becomes `why`. */
export function toAppRow(view: AppView): AppRow {
  const { cluster, app, definition, status, control, reasons } = view;
  const [why] = reasons ?? [];
  const { origin, source, policy } = definition;
  return {
    cluster,
    app,
    project: definition.project,
    namespace: policy.targetNamespace ?? policy.namespace,
    kind: origin.kind,
    labels: definition.labels ?? {},
    repo: source.repoURL,
    path: source.path,
    sync: status?.sync ?? 'Unknown',
    health: status?.health.status ?? 'Unknown',
    revision: view.revision,
    subject: view.subject,
    author: view.author,
    since: view.committedAt ?? 0,
    objects: status?.resources.length ?? 0,
    isPinned: control?.pin !== undefined,
    isSuspended: control?.suspended !== undefined || policy.suspended,
    isSyncing: status?.progress?.state === 'running',
    ...(why === undefined ? {} : { why }),
  };
}
