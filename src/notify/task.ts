import type { Notice } from '../../core/api/activity.ts';
import { commitState } from '../../core/notify/match-notice.ts';
import { toMessage } from '../../core/notify/message.ts';
import { applyTemplates } from '../../core/notify/own-texts.ts';
import type { NotifyRules } from '../../core/notify/rules.ts';
import { toTemplateView } from '../../core/notify/template-view.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { ServiceAccess, Task } from './service.ts';
import type { DeliveryRow } from './tables.ts';

/** How Argo CD calls services of these kinds in templates. */
const SERVICE_TYPES: { readonly [kind: string]: string } = { smtp: 'email', 'mail-api': 'email', pagerduty: 'pagerdutyv2' };

/** What is to be sent for a delivery: the built-in message, changed by the templates of its subscription; and what is wrong with those. */
export function toTask(
  row: DeliveryRow,
  notice: Notice,
  on: { readonly rules: NotifyRules; readonly service: ServiceAccess; readonly url?: string; readonly thread?: JsonObject },
): { readonly task: Task; readonly problems: readonly string[] } {
  const { templates: names, metadata, what, step, openedAt, summary } = row.value;
  const { rules, service, url, thread } = on;
  const builtIn = toMessage(notice, {
    metadata,
    ...(url === undefined ? {} : { url }),
    ...(summary === undefined ? {} : { summary }),
  });
  const isTest = row.kind === 'test';
  const message = isTest ? { ...builtIn, title: 'Plumbline can reach you here', severity: 'info' as const } : builtIn;
  const templates = isTest
    ? []
    : names.flatMap((name) => {
        const template = Object.hasOwn(rules.templates, name) ? rules.templates[name] : undefined;
        return template === undefined ? [] : [{ name, template }];
      });
  const serviceType = SERVICE_TYPES[service.kind] ?? service.kind;
  const data = toTemplateView(notice, message, { context: rules.context, serviceType, recipient: row.recipient });
  const { message: told, problems, ...own } = applyTemplates(message, templates, { data, service: service.name });
  const commit = commitState(notice);
  return {
    task: {
      ...{ id: row.id, kind: row.kind, what, step, own, message: told, recipient: row.recipient },
      ...{ cluster: row.cluster, app: row.app },
      project: notice.about?.project ?? notice.project ?? '',
      namespace: notice.about?.namespace ?? '',
      revision: notice.revision ?? notice.about?.revision ?? '',
      repoURL: notice.about?.repoURL ?? '',
      ...(openedAt === undefined ? {} : { since: openedAt }),
      ...(commit === undefined ? {} : { commit }),
      ...(thread === undefined ? {} : { thread }),
    },
    problems,
  };
}
