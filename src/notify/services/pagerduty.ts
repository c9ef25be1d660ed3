import { shorten } from '../../../core/notify/safe-text.ts';
import { askJson, joinUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, secretFor, settingOf, type Task } from '../service.ts';

/**
 * PagerDuty, Events API v2. A trouble is one incident: `dedup_key` is `plumbline/<cluster>/<app>/<what>` and the same for trigger and resolve, so that
 * an incident is neither opened twice nor left open.
 */
const API = 'https://events.pagerduty.com';
const MAX_KEY = 255;

/** Triggers or resolves an incident. */
export async function sendPagerDuty(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const routingKey = secretFor(service, task.recipient, 'routingKey') ?? secretFor(service, '', 'token');
  if (routingKey === undefined) return { state: 'failed', problem: 'no routing key is stored for this recipient' };
  const url = settingOf(service, 'url');
  const { message } = task;
  const base = { routing_key: routingKey, dedup_key: dedupKey(task), client: 'Plumbline' };
  const [first] = message.links;
  const event =
    task.step === 'closes'
      ? { ...base, event_action: 'resolve' }
      : {
          ...base,
          event_action: 'trigger',
          ...(first === undefined ? {} : { client_url: first.url }),
          payload: {
            summary: shorten(message.title, 1_024),
            source: settingOf(service, 'source') || task.cluster || 'plumbline',
            severity: message.severity,
            timestamp: new Date(message.time).toISOString(),
            component: task.app || task.cluster || 'plumbline',
            group: task.project || task.cluster || 'plumbline',
            class: task.kind,
            custom_details: { text: message.text, ...Object.fromEntries(message.fields.map(({ name, value }) => [name, value])) },
          },
          links: message.links.map(({ text, url: href }) => ({ href, text })),
        };
  const asked = await askJson({ url: joinUrl(url === '' ? API : url, 'v2/enqueue'), body: event }, { service, io });
  return asked.ok ? { state: 'sent' } : asked.error;
}

/** The key of a trouble. PagerDuty takes 255 characters; a name that is longer keeps its end, where names differ. */
function dedupKey({ cluster, app, what }: Pick<Task, 'cluster' | 'app' | 'what'>): string {
  const key = `plumbline/${cluster}/${app}/${what}`;
  return key.length <= MAX_KEY ? key : `plumbline/…${key.slice(-(MAX_KEY - 11))}`;
}
