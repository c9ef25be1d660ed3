import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/**
 * What the services take, from their published references; fields that a service does not know are refused, so that a misspelt one is found.
 * Slack: docs.slack.dev/reference/methods · PagerDuty: Events API v2 · Teams: Adaptive Cards 1.4 in a workflow's message · Discord: Execute Webhook ·
 * GitHub: REST 2022-11-28 · GitLab: REST v4 · Gitea: API v1 · Alertmanager: OpenAPI v2 · Resend, SendGrid: their references.
 */
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const exactly = (properties: object, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const uri = { type: 'string', format: 'uri', pattern: '^https?://', maxLength: 3000 };
const time = { type: 'string', format: 'date-time' };
const strings = { type: 'object', additionalProperties: { type: 'string' } };

const plain = (maxLength: number) =>
  exactly({ type: { const: 'plain_text' }, text: text(maxLength), emoji: { type: 'boolean' } }, ['type', 'text']);
const button = exactly({ type: { const: 'button' }, text: plain(75), url: uri, action_id: text(255) }, [
  'type',
  'text',
  'action_id',
]);
const blocks = {
  type: 'array',
  minItems: 1,
  maxItems: 50,
  items: {
    oneOf: [
      exactly({ type: { const: 'header' }, text: plain(150) }, ['type', 'text']),
      exactly(
        {
          type: { const: 'section' },
          text: plain(3000),
          fields: { type: 'array', minItems: 1, maxItems: 10, items: plain(2000) },
        },
        ['type'],
      ),
      exactly({ type: { const: 'actions' }, elements: { type: 'array', minItems: 1, maxItems: 25, items: button } }, [
        'type',
        'elements',
      ]),
    ],
  },
};
const slack = {
  channel: text(100),
  text: text(4000),
  mrkdwn: { type: 'boolean' },
  blocks,
  metadata: exactly({ event_type: text(100), event_payload: strings }, ['event_type', 'event_payload']),
};

const pagerDutyBase = {
  routing_key: { type: 'string', minLength: 32, maxLength: 32 },
  dedup_key: text(255),
  client: { type: 'string' },
  client_url: uri,
};
const textBlock = exactly(
  {
    ...{ type: { const: 'TextBlock' }, text: { type: 'string' }, wrap: { type: 'boolean' } },
    size: { enum: ['Small', 'Default', 'Medium', 'Large', 'ExtraLarge'] },
    weight: { enum: ['Lighter', 'Default', 'Bolder'] },
    color: { enum: ['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'] },
  },
  ['type', 'text'],
);
const factSet = exactly(
  {
    type: { const: 'FactSet' },
    facts: { type: 'array', items: exactly({ title: { type: 'string' }, value: { type: 'string' } }, ['title', 'value']) },
  },
  ['type', 'facts'],
);
const card = exactly(
  {
    ...{ $schema: uri, type: { const: 'AdaptiveCard' }, version: { enum: ['1.0', '1.1', '1.2', '1.3', '1.4'] } },
    body: { type: 'array', items: { oneOf: [textBlock, factSet] } },
    actions: {
      type: 'array',
      maxItems: 6,
      items: exactly({ type: { const: 'Action.OpenUrl' }, title: text(200), url: uri }, ['type', 'url']),
    },
    msteams: exactly({ width: { const: 'Full' } }, ['width']),
  },
  ['type', 'version', 'body'],
);
const statusContext = { context: text(255), description: text(140), target_url: uri };
const sha = { type: 'string', pattern: '^[0-9a-f]{40}$' };
const content = {
  type: 'array',
  minItems: 1,
  items: exactly({ type: { enum: ['text/plain', 'text/html'] }, value: text(200_000) }, ['type', 'value']),
};

export const SCHEMAS = {
  'chat.postMessage': exactly(
    {
      ...slack,
      ...{ thread_ts: { type: 'string', pattern: '^\\d+\\.\\d{6}$' }, reply_broadcast: { type: 'boolean' } },
      ...{
        unfurl_links: { type: 'boolean' },
        unfurl_media: { type: 'boolean' },
        username: text(80),
        icon_emoji: text(80),
        icon_url: uri,
      },
    },
    ['channel', 'text', 'blocks'],
  ),
  'chat.update': exactly({ ...slack, ts: { type: 'string', pattern: '^\\d+\\.\\d{6}$' } }, ['channel', 'ts', 'text', 'blocks']),
  pagerduty: {
    oneOf: [
      exactly(
        {
          ...{ ...pagerDutyBase, event_action: { const: 'trigger' } },
          payload: exactly(
            {
              ...{
                summary: text(1024),
                source: text(255),
                severity: { enum: ['critical', 'error', 'warning', 'info'] },
                timestamp: time,
              },
              ...{ component: text(255), group: text(255), class: text(255), custom_details: { type: 'object' } },
            },
            ['summary', 'source', 'severity'],
          ),
          links: { type: 'array', items: exactly({ href: uri, text: text(255) }, ['href']) },
        },
        ['routing_key', 'event_action', 'payload'],
      ),
      exactly({ ...pagerDutyBase, event_action: { enum: ['resolve', 'acknowledge'] } }, [
        'routing_key',
        'event_action',
        'dedup_key',
      ]),
    ],
  },
  teams: exactly(
    {
      type: { const: 'message' },
      attachments: {
        type: 'array',
        minItems: 1,
        items: exactly(
          { contentType: { const: 'application/vnd.microsoft.card.adaptive' }, contentUrl: { type: 'null' }, content: card },
          ['contentType', 'content'],
        ),
      },
    },
    ['type', 'attachments'],
  ),
  discord: exactly(
    {
      ...{ content: text(2000), username: text(80) },
      allowed_mentions: exactly({ parse: { type: 'array', items: { enum: ['roles', 'users', 'everyone'] } } }, ['parse']),
      embeds: {
        type: 'array',
        minItems: 1,
        maxItems: 10,
        items: exactly(
          {
            ...{
              title: text(256),
              description: text(4096),
              url: uri,
              color: { type: 'integer', minimum: 0, maximum: 0xffffff },
              timestamp: time,
            },
            fields: {
              type: 'array',
              maxItems: 25,
              items: exactly({ name: text(256), value: text(1024), inline: { type: 'boolean' } }, ['name', 'value']),
            },
          },
          [],
        ),
      },
    },
    ['embeds'],
  ),
  'github status': exactly({ ...statusContext, state: { enum: ['error', 'failure', 'pending', 'success'] } }, ['state']),
  'github deployment': exactly(
    {
      ...{
        ref: sha,
        environment: text(255),
        auto_merge: { type: 'boolean' },
        required_contexts: { type: 'array', items: { type: 'string' } },
      },
      ...{ description: text(140), payload: { type: 'object' } },
    },
    ['ref'],
  ),
  'github deployment status': exactly(
    {
      state: { enum: ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] },
      ...{ description: text(140), log_url: uri },
    },
    ['state'],
  ),
  'gitlab status': exactly(
    {
      state: { enum: ['pending', 'running', 'success', 'failed', 'canceled', 'skipped'] },
      ...{ name: text(255), target_url: uri, description: text(255) },
    },
    ['state'],
  ),
  'gitlab deployment': exactly(
    {
      ...{ environment: text(255), sha, ref: text(255), tag: { type: 'boolean' } },
      status: { enum: ['running', 'success', 'failed', 'canceled'] },
    },
    ['environment', 'sha', 'ref', 'tag', 'status'],
  ),
  'gitlab deployment status': exactly({ status: { enum: ['running', 'success', 'failed', 'canceled'] } }, ['status']),
  'gitea status': exactly(
    {
      context: text(255),
      description: text(255),
      target_url: uri,
      state: { enum: ['pending', 'success', 'error', 'failure', 'warning'] },
    },
    ['state'],
  ),
  alertmanager: {
    type: 'array',
    minItems: 1,
    items: exactly(
      { labels: { ...strings, required: ['alertname'] }, annotations: strings, startsAt: time, endsAt: time, generatorURL: uri },
      ['labels'],
    ),
  },
  resend: exactly(
    {
      ...{
        from: text(320),
        to: { type: 'array', minItems: 1, maxItems: 50, items: { type: 'string', format: 'email' } },
        subject: text(998),
      },
      ...{ text: text(200_000), html: text(200_000), headers: strings },
    },
    ['from', 'to', 'subject'],
  ),
  sendgrid: exactly(
    {
      personalizations: {
        type: 'array',
        minItems: 1,
        items: exactly(
          { to: { type: 'array', minItems: 1, items: exactly({ email: { type: 'string', format: 'email' } }, ['email']) } },
          ['to'],
        ),
      },
      from: exactly({ email: { type: 'string', format: 'email' }, name: { type: 'string' } }, ['email']),
      ...{ subject: text(998), content, headers: strings, custom_args: strings },
    },
    ['personalizations', 'from', 'subject', 'content'],
  ),
} as const;

const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);

/** What a service would find wrong with a body; empty when nothing. */
export function faultsOf(schema: keyof typeof SCHEMAS, body: unknown): readonly string[] {
  const validate = ajv.compile(SCHEMAS[schema]);
  return validate(body)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}
