import { askJson, joinUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, settingOf, type Task } from '../service.ts';
import { basic } from './webhook.ts';

/**
 * Alertmanager, API v2. The labels of a trouble are the same when it begins and when it ends: they are what an alert is known by. An alert that begins ends
 * by itself after a week, should nobody tell of its end: Alertmanager would otherwise forget it within minutes, as it is told once and not every minute.
 */
const LONGEST_MS = 7 * 24 * 60 * 60_000;

/** Fires or ends an alert. */
export async function sendAlertmanager(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const { message, secrets } = { message: task.message, secrets: service.secrets };
  const username = secrets['username'] ?? settingOf(service, 'username');
  const authorization =
    secrets['token'] !== undefined
      ? `Bearer ${secrets['token']}`
      : secrets['password'] !== undefined
        ? basic(username, secrets['password'])
        : undefined;
  const startsAt = task.since ?? message.time;
  const endsAt = task.step === 'closes' ? message.time : startsAt + LONGEST_MS;
  const [first] = message.links;
  const labels = { cluster: task.cluster, app: task.app, project: task.project, namespace: task.namespace };
  const alert = {
    labels: {
      alertname: `Plumbline${task.what.charAt(0).toUpperCase()}${task.what.slice(1)}`,
      ...Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== '')),
    },
    annotations: { summary: message.title, description: message.text, severity: message.severity },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(Math.max(endsAt, startsAt)).toISOString(),
    ...(first === undefined ? {} : { generatorURL: first.url }),
  };
  const url = joinUrl(settingOf(service, 'url'), 'api/v2/alerts');
  const headers = authorization === undefined ? {} : { authorization };
  const asked = await askJson({ url, headers, body: [alert] }, { service, io });
  return asked.ok ? { state: 'sent' } : asked.error;
}
