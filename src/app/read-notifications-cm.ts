import type { ServiceKind } from '../../core/api/notify.ts';
import { parseTemplate } from '../../core/notify/go-template.ts';
import { checkSettings } from '../../core/notify/service-settings.ts';
import type {
  GitNotify,
  GitService,
  GitSubscription,
  NotifyProblem,
  NotifyTemplate,
  NotifyTrigger,
  WebhookTemplate,
} from '../../core/notify/settings.ts';
import { kindsOfCondition, resolveTrigger } from '../../core/notify/triggers.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { parseYaml } from '../../core/objects/parse-yaml.ts';
import { type ReadService, readArgoService } from './read-argo-service.ts';

/**
 * Argo CD's `argocd-notifications-cm`:
 *
 *   service.<type>[.<name>]   YAML of the service; `$name` stands for a secret, which is stored by `plumb` or the API and never in Git
 *   template.<name>           YAML: title, message, email.subject, email.body, webhook.<service>.{method,path,body} (go-template.ts)
 *   trigger.<name>            YAML list of {when, send}; which conditions are understood is said in core/notify/triggers.ts
 *   subscriptions             YAML list of {recipients: [<service>:<recipient>], triggers, selector}
 *   defaultTriggers, context  YAML
 *
 * What is wrong or not understood is a problem that names it; the rest counts.
 */
const NAME = 'argocd-notifications-cm';

export function isNotificationsConfig(item: JsonObject): boolean {
  const { metadata } = item;
  return item['apiVersion'] === 'v1' && item['kind'] === 'ConfigMap' && isJsonObject(metadata) && metadata['name'] === NAME;
}

interface Reading {
  readonly where: string;
  readonly services: GitService[];
  readonly subscriptions: GitSubscription[];
  readonly templates: { [name: string]: NotifyTemplate };
  readonly triggers: { [name: string]: readonly NotifyTrigger[] };
  readonly problems: NotifyProblem[];
  defaultTriggers?: readonly string[];
  context: { readonly [name: string]: string };
}

/** Reads the ConfigMap. */
export function readNotificationsConfig({ manifest, file, line }: ManifestDocument): Partial<GitNotify> {
  const reading: Reading = {
    ...{ where: `${file}:${line}`, services: [], subscriptions: [], templates: {}, triggers: {}, problems: [], context: {} },
  };
  const data = manifest['data'];
  for (const [key, value] of isJsonObject(data) ? Object.entries(data) : []) {
    if (typeof value !== 'string') note(reading, key, 'must be text');
    else readKey(key, value, reading);
  }
  const { where: _where, ...read } = reading;
  return { ...read, config: file };
}

function readKey(key: string, text: string, reading: Reading): void {
  const dot = key.indexOf('.');
  const [group, name] = dot === -1 ? [key, ''] : [key.slice(0, dot), key.slice(dot + 1)];
  const value = yamlOf(text);
  if (value === undefined) {
    note(reading, key, 'is not valid YAML');
    return;
  }
  switch (group) {
    case 'service':
      readService(name, value, reading);
      return;
    case 'template':
      readTemplate(name, value, reading);
      return;
    case 'trigger':
      readTrigger(name, value, reading);
      return;
    case 'subscriptions':
      readSubscriptions(value, reading);
      return;
    case 'defaultTriggers':
      reading.defaultTriggers = textsOf(value);
      return;
    case 'context':
      reading.context = Object.fromEntries(
        Object.entries(isJsonObject(value) ? value : {}).map(([field, content]) => [
          field,
          typeof content === 'string' ? content : JSON.stringify(content),
        ]),
      );
      return;
    default:
      note(reading, key, 'is not used by Plumbline');
  }
}

function readService(name: string, value: Json, reading: Reading): void {
  const [type = '', ...rest] = name.split('.');
  const called = rest.length === 0 ? type : rest.join('.');
  const read: ReadService = readArgoService(type, isJsonObject(value) ? value : {});
  if (read.kind === undefined) {
    note(reading, `service.${name}`, `services of the type ${type.slice(0, 60)} are not supported`);
    return;
  }
  for (const problem of read.problems) note(reading, `service.${name}`, problem);
  reading.services.push(toGitService(called, read.kind, read, reading.where));
}

/** A service as Git defines it, with what is wrong with its settings. */
export function toGitService(
  name: string,
  kind: ServiceKind,
  { settings, secrets }: Pick<ReadService, 'settings' | 'secrets'>,
  origin: string,
): GitService {
  const checked = checkSettings(kind, settings);
  return { ...{ name, kind, secrets, origin }, ...(checked.ok ? { settings } : { settings: {}, problem: checked.error }) };
}

/** Texts of the catalogue lead to Argo CD's own pages: Plumbline's are used instead. */
function isOfCatalogue(name: string, message: Json | undefined): boolean {
  return (
    /^app-(?:created|deleted|deployed|health-degraded|sync-failed|sync-running|sync-status-unknown|sync-succeeded)$/.test(name) &&
    typeof message === 'string' &&
    (message.includes('{{.context.argocdUrl}}/applications/{{.app.metadata.name}}') || CATALOGUE_TEXT.test(message))
  );
}
const CATALOGUE_TEXT =
  /^\s*(?:\{\{if eq \.serviceType "slack"\}\}:\w+:\{\{end\}\} )?Application \{\{\.app\.metadata\.name\}\} (?:has been created|has been deleted|is now running new version of deployments manifests)\.\s*$/;

function readTemplate(name: string, value: Json, reading: Reading): void {
  const key = `template.${name}`;
  if (!isJsonObject(value)) {
    note(reading, key, 'must be a map');
    return;
  }
  if (isOfCatalogue(name, value['message'])) return;
  const text = (content: Json | undefined, at: string): string | undefined => {
    if (content === undefined || content === null) return undefined;
    const parsed = parseTemplate(typeof content === 'string' ? content : '');
    if (typeof content !== 'string') note(reading, key, `${at} must be text`);
    else if (!parsed.ok) note(reading, key, `${at} ${parsed.error}; the built-in text is sent instead`);
    return typeof content === 'string' && parsed.ok ? content : undefined;
  };
  for (const field of Object.keys(value))
    if (!['title', 'message', 'email', 'webhook'].includes(field))
      note(
        reading,
        key,
        `${field.slice(0, 60)}: texts of this kind are built in; \`title\` and \`message\` change what they say`,
      );
  const email = isJsonObject(value['email']) ? value['email'] : {};
  const read = {
    title: text(value['title'], 'title'),
    message: text(value['message'], 'message'),
    emailSubject: text(email['subject'], 'email.subject'),
    emailBody: text(email['body'], 'email.body'),
  };
  const webhooks = Object.entries(isJsonObject(value['webhook']) ? value['webhook'] : {}).flatMap(([service, webhook]) => {
    if (!isJsonObject(webhook)) return [];
    const method = typeof webhook['method'] === 'string' ? webhook['method'].toUpperCase() : undefined;
    const [path, body] = [text(webhook['path'], `webhook.${service}.path`), text(webhook['body'], `webhook.${service}.body`)];
    const template: WebhookTemplate = { ...defined({ method, path, body }) };
    return [[service, template] as const];
  });
  reading.templates[name] = { ...defined(read), ...(webhooks.length === 0 ? {} : { webhooks: Object.fromEntries(webhooks) }) };
}

function defined(fields: { readonly [name: string]: string | undefined }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function readTrigger(name: string, value: Json, reading: Reading): void {
  const key = `trigger.${name}`;
  if (!Array.isArray(value)) {
    note(reading, key, 'must be a list');
    return;
  }
  const conditions: NotifyTrigger[] = [];
  for (const item of value as readonly Json[]) {
    const when = isJsonObject(item) ? item['when'] : undefined;
    const send = isJsonObject(item) ? textsOf(item['send']) : [];
    const meant = typeof when === 'string' ? kindsOfCondition(when) : undefined;
    // A trigger of the catalogue means what its name says, whatever its condition has become.
    const known = resolveTrigger(name, {}).conditions.flatMap(({ kinds }) => kinds);
    if (meant !== undefined) conditions.push({ kinds: meant, send });
    else if (known.length > 0) conditions.push({ kinds: known, send });
    else if (!/^on-(?:created|deleted)$/.test(name))
      note(reading, key, `its condition is not understood: ${String(when).replace(/\s+/g, ' ').slice(0, 200)}`);
  }
  if (conditions.length > 0) reading.triggers[name] = conditions;
}

function readSubscriptions(value: Json, reading: Reading): void {
  if (!Array.isArray(value)) {
    note(reading, 'subscriptions', 'must be a list');
    return;
  }
  for (const [index, item] of (value as readonly Json[]).entries()) {
    const at = `subscriptions[${index}]`;
    if (!isJsonObject(item)) {
      note(reading, at, 'must be a map');
      continue;
    }
    const labels = readSelector(item['selector']);
    if (labels === undefined) {
      note(reading, at, 'the selector may hold `name=value` only; nobody is told');
      continue;
    }
    const triggers = textsOf(item['triggers']);
    for (const text of textsOf(item['recipients'])) {
      const colon = text.indexOf(':');
      const [service, recipient] = colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
      reading.subscriptions.push({
        id: ['default', index, service, recipient].join('/'),
        ...(triggers.length === 0 ? {} : { triggers }),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
        ...{ service, recipient, origin: reading.where },
      });
    }
  }
}

function readSelector(value: Json | undefined): { readonly [name: string]: string } | undefined {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'string') return undefined;
  const labels: { [name: string]: string } = {};
  for (const part of value.split(',')) {
    const match = /^\s*([\w./-]+)\s*==?\s*([\w.-]*)\s*$/.exec(part);
    if (match?.[1] === undefined) return undefined;
    labels[match[1]] = match[2] ?? '';
  }
  return labels;
}

function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function yamlOf(text: string): Json | undefined {
  const { documents, problems } = parseYaml(text, { file: NAME });
  return problems.length > 0 || documents.length > 1 ? undefined : (documents[0]?.value ?? null);
}

function note({ problems, where }: Reading, key: string, message: string): void {
  problems.push({ where, message: `${NAME}, ${key.slice(0, 120)}: ${message}` });
}
