import { toLine } from '../../../core/notify/safe-text.ts';
import type { Task } from '../service.ts';

/** A notification as mail: the same in plain text and in HTML, in which everything of it is text (S27). */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Mails about one App lie in one thread of the reader's program. */
  readonly headers: { readonly [name: string]: string };
}

export function mailOf(task: Task): MailText {
  const { message, own } = task;
  const body = own.emailBody ?? message.text;
  const rows = message.fields.map(({ name, value }) => `${name}: ${value}`);
  const links = message.links.map(({ text, url }) => `${text}: ${url}`);
  return {
    subject: toLine(own.emailSubject ?? message.title, 250),
    text: [message.title, body, rows.join('\n'), links.join('\n')].filter((part) => part !== '').join('\n\n'),
    html: htmlOf(task, body),
    headers: {
      'X-Plumbline-Id': task.id,
      References: `<${threadId(task)}@plumbline.invalid>`,
      'Auto-Submitted': 'auto-generated',
    },
  };
}

function htmlOf({ message }: Task, body: string): string {
  const row = ({ name, value }: { readonly name: string; readonly value: string }) =>
    `<tr><th align="left">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`;
  const link = ({ text, url }: { readonly text: string; readonly url: string }) =>
    `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
  return [
    `<!doctype html><html><body><h2>${escapeHtml(message.title)}</h2>`,
    `<p>${escapeHtml(body).replace(/\n/g, '<br>')}</p>`,
    `<table cellpadding="4">${message.fields.map(row).join('')}</table>`,
    `<p>${message.links.map(link).join(' · ')}</p></body></html>`,
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Names the rollout in the characters of a message id. */
function threadId({ cluster, app, revision }: Task): string {
  const part = (text: string) => text.replace(/[^A-Za-z0-9.-]/g, '_').slice(0, 80);
  return [part(cluster), part(app), part(revision.slice(0, 12))].filter((text) => text !== '').join('.') || 'test';
}

/** One address, without what could begin another command or header. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s<>@,;:"\\\u0000-\u001f\u007f]+@[A-Za-z0-9.-]+$/.test(text);
}

/** `Plumbline <a@example.com>` in its two parts. */
export function parseMailbox(text: string): { readonly email: string; readonly name?: string } {
  const match = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(text);
  if (match === null) return { email: text.trim() };
  const [, name = '', email = ''] = match;
  return { email: email.trim(), ...(name === '' ? {} : { name }) };
}
