import type { Notice } from '../api/activity.ts';
import type { Json } from '../objects/object.ts';
import type { Message } from './message.ts';

/** Argo CD's words for what the operation is doing. */
const PHASES: { readonly [notice: string]: string } = {
  'sync-started': 'Running',
  'sync-succeeded': 'Succeeded',
  'sync-failed': 'Failed',
};

/**
 * What a template finds: `.app` as Argo CD shows an Application, as far as a notice knows it, `.context`, `.serviceType`, `.recipient`, and
 * `.notice` with what only Plumbline has (kind, title, text, cluster, actor, reason, url).
 */
export function toTemplateView(
  notice: Notice,
  message: Message,
  on: { readonly context: { readonly [name: string]: string }; readonly serviceType: string; readonly recipient: string },
): Json {
  const { about } = notice;
  const revision = notice.revision ?? about?.revision ?? '';
  const source = {
    repoURL: about?.repoURL ?? '',
    path: about?.path ?? '',
    targetRevision: about?.targetRevision ?? '',
  };
  const phase = PHASES[notice.notice] ?? 'Succeeded';
  const time = new Date(notice.time).toISOString();
  return {
    app: {
      metadata: {
        name: about?.origin.name ?? notice.app,
        namespace: about?.origin.namespace ?? '',
        labels: about?.labels ?? {},
        annotations: about?.subscriptions ?? {},
      },
      spec: {
        project: about?.project ?? notice.project ?? '',
        source,
        destination: { name: notice.cluster, namespace: about?.namespace ?? '' },
      },
      status: {
        sync: { status: about?.sync ?? 'Unknown', revision },
        health: { status: about?.health.status ?? 'Unknown', message: about?.health.message ?? '' },
        operationState: {
          ...{ phase, message: notice.text, startedAt: time, finishedAt: time },
          syncResult: { revision },
          operation: { sync: { revision } },
        },
        summary: { images: [] },
        conditions: (about?.problems ?? []).map((problem) => ({ type: problem.code, message: problem.message })),
      },
    },
    notice: {
      kind: notice.notice,
      cluster: notice.cluster,
      title: message.title,
      text: notice.text,
      actor: notice.actor ?? '',
      reason: notice.reason ?? '',
      revision,
      subject: about?.subject ?? '',
      author: about?.author ?? '',
      time,
      url: message.links[0]?.url ?? '',
    },
    context: on.context,
    serviceType: on.serviceType,
    recipient: on.recipient,
  };
}
