import type { KnownBlock, WebClient, WebClientOptions } from '@slack/web-api';
import type { Message } from '../../../core/notify/message.ts';
import { shorten } from '../../../core/notify/safe-text.ts';
import { ATTEMPT_MS, cleanReason, describeNetworkError, joinUrl, refuseUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, settingOf, type Task } from '../service.ts';

/**
 * Slack, by its Web API. A rollout (one App, one revision) is one message: the first notice posts it (chat.postMessage), each later one replaces its
 * content (chat.update) and adds its details to the thread; what is wrong is also shown in the channel (reply_broadcast), since nobody sees an edit.
 * `thread` holds channel and ts of the message. Text is escaped, so nothing in it is a mention, a link or markup (S27).
 */
const API = 'https://slack.com/api/';
/** After this time a rollout has a new message. */
const THREAD_MS = 12 * 60 * 60_000;
const SIGNS: { readonly [state in Message['state']]: string } = {
  progress: '⏳',
  good: '✅',
  bad: '🔴',
  attention: '⚠️',
};
/** What Slack says when it is not the message that is wrong. */
const PASSING = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'rate_limited',
]);
/** The message that was to be replaced is gone or too old: a new one is posted. */
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found', 'channel_not_found']);

/** Posts or updates the message of a rollout. */
export async function sendSlack(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const channel = task.recipient === '' ? settingOf(service, 'channel') : task.recipient;
  if (channel === '') return { state: 'failed', problem: 'no channel is named, neither by the subscription nor by the service' };
  const client = await createClient(service, io);
  if (typeof client === 'string') return { state: 'failed', problem: client };
  const known = threadOf(task, io.now());
  try {
    if (known !== undefined) {
      const updated = await goOn(client, task, { service, ...known }).catch((error: unknown) => {
        if (isGone(error)) return undefined;
        throw error;
      });
      if (updated !== undefined) return updated;
    }
    const posted = await client.apiCall('chat.postMessage', {
      ...{ channel, ...content(task.message, task.id), ...lookOf(service) },
      ...{ unfurl_links: false, unfurl_media: false },
    });
    // The channel's own id: chat.update knows no names.
    const { channel: at, ts }: { readonly [field: string]: unknown } = { ...posted };
    if (task.app === '' || typeof at !== 'string' || typeof ts !== 'string') return { state: 'sent' };
    return { state: 'sent', thread: { channel: at, ts, at: io.now(), id: task.id } };
  } catch (error) {
    return outcomeOf(error, service);
  }
}

interface Known {
  readonly channel: string;
  readonly ts: string;
  readonly at: number;
  /** The last task that it told of. */
  readonly id: string;
}

function threadOf({ thread }: Task, now: number): Known | undefined {
  const { channel, ts, at, id } = thread ?? {};
  if (typeof channel !== 'string' || typeof ts !== 'string' || typeof at !== 'number' || now - at > THREAD_MS) return undefined;
  return { channel, ts, at, id: typeof id === 'string' ? id : '' };
}

async function goOn(client: WebClient, task: Task, on: Known & { readonly service: ServiceAccess }): Promise<Outcome> {
  const { channel, ts, at } = on;
  await client.chat.update({ channel, ts, ...content(task.message, task.id) });
  const broadcasts = task.message.state === 'bad' || task.message.state === 'attention';
  await client.apiCall('chat.postMessage', {
    ...{ channel, thread_ts: ts, ...content(task.message, task.id), ...lookOf(on.service) },
    ...{ unfurl_links: false, unfurl_media: false },
    ...(broadcasts ? { reply_broadcast: true } : {}),
  });
  return { state: 'sent', thread: { channel, ts, at, id: task.id } };
}

/** The client tries nothing again by itself: that is for the outbox. */
async function createClient(service: ServiceAccess, io: ServiceIo): Promise<WebClient | string> {
  const { url, token } = { url: settingOf(service, 'url'), token: service.secrets['token'] };
  if (token === undefined || token === '') return 'its secret `token` is not stored';
  const slackApiUrl = joinUrl(url === '' ? API : url, '');
  const refused = refuseUrl(slackApiUrl, io);
  if (refused !== undefined) return refused;
  const silent = () => undefined;
  // Loaded when it is needed: nobody who tells no Slack starts slower for it.
  const { WebClient: Client } = await import('@slack/web-api');
  return new Client(token, {
    slackApiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    // Its log would hold requests.
    logger: {
      debug: silent,
      info: silent,
      warn: silent,
      error: silent,
      setLevel: silent,
      getLevel: () => SILENT,
      setName: silent,
    },
    fetch: (input, init) => io.fetch(String(input), { ...init, redirect: 'manual', signal: io.deadline(ATTEMPT_MS) }),
  });
}

type Level = ReturnType<NonNullable<WebClientOptions['logger']>['getLevel']>;
/** The client's own word for `only errors`, which its logger drops. */
const SILENT = 'error' as Level;

function lookOf(service: ServiceAccess): { username?: string; icon_emoji?: string; icon_url?: string } {
  const [username, icon] = [settingOf(service, 'username'), settingOf(service, 'icon')];
  return {
    ...(username === '' ? {} : { username }),
    ...(icon === '' ? {} : icon.startsWith(':') ? { icon_emoji: icon } : { icon_url: icon }),
  };
}

/** Slack's three signs; all else is text in `plain_text`, which knows neither markup nor emoji. */
function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

const plain = (text: string, max: number) => ({
  type: 'plain_text' as const,
  text: shorten(escapeText(text), max),
  emoji: false,
});

function content(message: Message, id: string) {
  const buttons = message.links.slice(0, 5).map(({ text, url }, index) => ({
    type: 'button' as const,
    text: plain(text, 75),
    url,
    action_id: `open-${index}`,
  }));
  const blocks: KnownBlock[] = [{ type: 'header', text: plain(`${SIGNS[message.state]} ${message.title}`, 150) }];
  if (message.text !== '') blocks.push({ type: 'section', text: plain(message.text, 2_900) });
  const fields = message.fields.slice(0, 10).map(({ name, value }) => plain(`${name}: ${value}`, 1_900));
  if (fields.length > 0) blocks.push({ type: 'section', fields });
  if (buttons.length > 0) blocks.push({ type: 'actions', elements: buttons });
  return {
    /** What notifications of Slack itself show. */
    text: shorten(escapeText(`${message.title}: ${message.text}`), 3_000),
    mrkdwn: false,
    blocks,
    metadata: { event_type: 'plumbline_notice', event_payload: { id } },
  };
}

function codeOf(error: unknown): {
  readonly code?: string;
  readonly reason?: string;
  readonly retryAfter?: number;
  readonly status?: number;
} {
  if (!(error instanceof Error)) return {};
  const { code, data, retryAfter, statusCode } = error as Error & {
    code?: string;
    data?: { error?: string };
    retryAfter?: number;
    statusCode?: number;
  }; // the client's own errors
  return {
    ...(code === undefined ? {} : { code }),
    ...(typeof data?.error === 'string' ? { reason: data.error } : {}),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
    ...(typeof statusCode === 'number' ? { status: statusCode } : {}),
  };
}

function isGone(error: unknown): boolean {
  const { reason } = codeOf(error);
  return reason !== undefined && GONE.has(reason);
}

function outcomeOf(error: unknown, service: ServiceAccess): Outcome {
  const { code, reason = '', retryAfter, status } = codeOf(error);
  if (code === 'slack_webapi_rate_limited_error' || reason === 'ratelimited')
    return { state: 'later', problem: 'Slack asks to wait', ...(retryAfter === undefined ? {} : { wait: retryAfter * 1000 }) };
  if (code === 'slack_webapi_platform_error')
    return PASSING.has(reason)
      ? { state: 'later', problem: `Slack answered ${cleanReason(reason, service)}` }
      : { state: 'failed', problem: `Slack answered ${cleanReason(reason, service)}` };
  if (code === 'slack_webapi_http_error' && status !== undefined && status < 500 && status !== 408)
    return { state: 'failed', problem: `Slack answered ${status}` };
  if (code === 'slack_webapi_http_error') return { state: 'later', problem: `Slack answered ${status ?? 'an error'}` };
  return {
    state: 'later',
    problem: describeNetworkError(error instanceof Error && 'original' in error ? error.original : error),
  };
}
