import type { Message } from '../../../core/notify/message.ts';
import { shorten } from '../../../core/notify/safe-text.ts';
import { askJson } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, secretFor, settingOf, type Task } from '../service.ts';
import { escapeMarkdown } from './escape-markdown.ts';

/** Discord, by a channel's webhook: an embed within its limits, in which nobody can be mentioned. The address is a secret. */
const COLOURS: { readonly [state in Message['state']]: number } = {
  progress: 0x3b82f6,
  good: 0x18be52,
  bad: 0xe01e5a,
  attention: 0xf4c030,
};
const LIMITS = { title: 256, description: 2_000, fields: 25, name: 256, value: 200 } as const;

/** Posts an embed. */
export async function sendDiscord(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const url = secretFor(service, task.recipient, 'url') ?? service.secrets['address'];
  if (url === undefined) return { state: 'failed', problem: 'the address of the webhook is not stored for this recipient' };
  const username = settingOf(service, 'username');
  const body = {
    ...(username === '' ? {} : { username: shorten(username, 80) }),
    allowed_mentions: { parse: [] },
    embeds: [embedOf(task.message)],
  };
  const asked = await askJson({ url, body }, { service, io });
  return asked.ok ? { state: 'sent' } : asked.error;
}

function embedOf(message: Message) {
  const [first] = message.links;
  const links = message.links.map(({ text, url }) => `[${text}](${url})`).join(' · ');
  return {
    title: shorten(escapeMarkdown(message.title), LIMITS.title),
    description: [shorten(escapeMarkdown(message.text), LIMITS.description), shorten(links, 1_500)]
      .filter((part) => part !== '')
      .join('\n\n'),
    ...(first === undefined ? {} : { url: first.url }),
    color: COLOURS[message.state],
    timestamp: new Date(message.time).toISOString(),
    fields: message.fields.slice(0, 10).map(({ name, value }) => ({
      name: shorten(escapeMarkdown(name), LIMITS.name),
      value: shorten(escapeMarkdown(value), LIMITS.value),
      inline: value.length < 40,
    })),
  };
}
