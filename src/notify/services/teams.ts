import type { Message } from '../../../core/notify/message.ts';
import { askJson } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, secretFor, type Task } from '../service.ts';
import { escapeMarkdown } from './escape-markdown.ts';

/** Microsoft Teams: an Adaptive Card to the webhook of a workflow ("When a Teams webhook request is received"). The address is a secret. */
const COLOURS: { readonly [state in Message['state']]: string } = {
  progress: 'Accent',
  good: 'Good',
  bad: 'Attention',
  attention: 'Warning',
};

/** Posts a card. */
export async function sendTeams(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const url = secretFor(service, task.recipient, 'url');
  if (url === undefined) return { state: 'failed', problem: 'the address of the workflow is not stored for this recipient' };
  const asked = await askJson({ url, body: cardOf(task.message) }, { service, io });
  return asked.ok ? { state: 'sent' } : asked.error;
}

function cardOf(message: Message) {
  const text = (content: string, more: object = {}) => ({
    type: 'TextBlock',
    text: escapeMarkdown(content),
    wrap: true,
    ...more,
  });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            text(message.title, { size: 'Large', weight: 'Bolder', color: COLOURS[message.state] }),
            ...(message.text === '' ? [] : [text(message.text)]),
            ...(message.fields.length === 0
              ? []
              : [
                  {
                    type: 'FactSet',
                    facts: message.fields.map(({ name, value }) => ({
                      title: escapeMarkdown(name),
                      value: escapeMarkdown(value),
                    })),
                  },
                ]),
          ],
          actions: message.links.slice(0, 6).map(({ text: title, url: href }) => ({ type: 'Action.OpenUrl', title, url: href })),
          msteams: { width: 'Full' },
        },
      },
    ],
  };
}
