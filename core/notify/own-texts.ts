import type { Json } from '../objects/object.ts';
import { parseTemplate, renderTemplate } from './go-template.ts';
import type { Message } from './message.ts';
import { toLine, toText } from './safe-text.ts';
import type { NotifyTemplate } from './settings.ts';

/** A message after the templates of its subscription: what they say replaces what is built in. */
export interface OwnTexts {
  readonly message: Message;
  readonly emailSubject?: string;
  readonly emailBody?: string;
  readonly webhook?: { readonly method?: string; readonly path?: string; readonly body?: string };
  /** What went wrong: the built-in text is sent then, and the problem shown. */
  readonly problems: readonly string[];
}

/** Text inside a JSON document: a value cannot end the text that it stands in (threat S27). */
const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const insidePath = (text: string): string => encodeURIComponent(text).replace(/%2F/gi, '/');

/** Carries out templates, in order: of two that give the same text the later one counts. `service` is the name of a webhook. */
export function applyTemplates(
  builtIn: Message,
  templates: readonly { readonly name: string; readonly template: NotifyTemplate }[],
  { data, service }: { readonly data: Json; readonly service: string },
): OwnTexts {
  const problems: string[] = [];
  let message = builtIn;
  let own: Omit<OwnTexts, 'message' | 'problems'> = {};
  for (const { name, template } of templates) {
    const fill = (text: string | undefined, inserted?: (value: string) => string): string | undefined => {
      if (text === undefined) return undefined;
      const parsed = parseTemplate(text);
      const filled = parsed.ok ? renderTemplate(parsed.value, data, inserted) : parsed;
      if (filled.ok) return filled.value;
      problems.push(`template ${name} ${filled.error}`);
      return undefined;
    };
    const [title, text] = [fill(template.title), fill(template.message)];
    message = {
      ...message,
      ...(title === undefined ? {} : { title: toLine(title) }),
      ...(text === undefined ? {} : { text: toText(text) }),
    };
    const [emailSubject, emailBody] = [fill(template.emailSubject), fill(template.emailBody)];
    own = {
      ...own,
      ...(emailSubject === undefined ? {} : { emailSubject: toLine(emailSubject) }),
      ...(emailBody === undefined ? {} : { emailBody: toText(emailBody, 50_000) }),
      ...webhookOf(template, service, fill),
    };
  }
  return { message, ...own, problems };
}

function webhookOf(
  { webhooks = {} }: NotifyTemplate,
  service: string,
  fill: (text: string | undefined, inserted?: (value: string) => string) => string | undefined,
): Pick<OwnTexts, 'webhook'> {
  const webhook = Object.hasOwn(webhooks, service) ? webhooks[service] : undefined;
  if (webhook === undefined) return {};
  const isJson = /^\s*[[{](?!\{)/.test(webhook.body ?? '');
  const [path, body] = [fill(webhook.path, insidePath), fill(webhook.body, isJson ? insideJson : undefined)];
  return {
    webhook: {
      ...(webhook.method === undefined ? {} : { method: webhook.method }),
      ...(path === undefined ? {} : { path }),
      ...(body === undefined ? {} : { body }),
    },
  };
}
