import { faultsOf } from './schemas.ts';
import { type Arrived, type Reply, type ServiceHost, startServiceHost } from './service-host.ts';

/** A message as Slack keeps it. */
export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly thread?: string;
  readonly text: string;
  readonly blocks: string;
  readonly broadcast: boolean;
  /** How often it was changed. */
  readonly edits: number;
}
export interface SlackHost extends ServiceHost {
  readonly messages: SlackMessage[];
  /** What was wrong with requests, by Slack's reference. */
  readonly faults: string[];
}

const CHANNELS: Readonly<Record<string, string>> = { shop: 'C0SHOP', ops: 'C0OPS' };

/** Slack's Web API as far as messages go: it knows two channels and one token, keeps what is posted, and takes arguments as Slack takes them. */
export async function startSlackHost(
  before: (request: Arrived, count: number) => Reply | undefined = () => undefined,
): Promise<SlackHost> {
  const messages: SlackMessage[] = [];
  const faults: string[] = [];
  const host = await startServiceHost((request, count) => before(request, count) ?? { json: answer(request, messages, faults) });
  return { ...host, messages, faults };
}

function answer(request: Arrived, messages: SlackMessage[], faults: string[]): object {
  if (request.headers['authorization'] !== 'Bearer xoxb-right-canary') return { ok: false, error: 'invalid_auth' };
  const method = request.path.replace('/api/', '');
  if (method !== 'chat.postMessage' && method !== 'chat.update') return { ok: false, error: 'unknown_method' };
  const args = argumentsOf(request.body);
  faults.push(...faultsOf(method, args));
  const { channel = '', text = '', ts = '', thread_ts: thread } = args as { [name: string]: string | undefined };
  const id = CHANNELS[channel] ?? (Object.values(CHANNELS).includes(channel) ? channel : undefined);
  if (id === undefined) return { ok: false, error: 'channel_not_found' };
  const content = { text, blocks: JSON.stringify(args['blocks']) };
  if (method === 'chat.postMessage') {
    const made = `1700000000.${String(messages.length + 1).padStart(6, '0')}`;
    messages.push({
      channel: id,
      ts: made,
      ...content,
      broadcast: args['reply_broadcast'] === true,
      edits: 0,
      ...(thread === undefined ? {} : { thread }),
    });
    return { ok: true, channel: id, ts: made };
  }
  const at = messages.findIndex((message) => message.ts === ts && message.channel === channel);
  const found = messages[at];
  if (found === undefined) return { ok: false, error: 'message_not_found' };
  messages[at] = { ...found, ...content, edits: found.edits + 1 };
  return { ok: true, channel: id, ts };
}

/** Slack takes forms; what is no text in them is JSON. */
function argumentsOf(body: string): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    [...new URLSearchParams(body)]
      .filter(([name]) => name !== 'token')
      .map(([name, value]) => [
        name,
        /^(?:[[{].*|true|false)$/s.test(value) && name !== 'text' ? (JSON.parse(value) as unknown) : value,
      ]),
  );
}
