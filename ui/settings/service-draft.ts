import { type NotifyServiceInput, SERVICE_KINDS, type ServiceKind } from '../../core/api/notify.ts';
import { SERVICE_SHAPES } from '../../core/notify/service-settings.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';

/** What has been typed for a service: texts by name, settings and secrets apart. Maps are lines of `Name: value`. */
export interface ServiceDraft {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly settings: { readonly [name: string]: string };
  readonly secrets: { readonly [name: string]: string };
}

export function isServiceKind(text: string): text is ServiceKind {
  return SERVICE_KINDS.some((kind) => kind === text);
}

/** Settings that there are, as texts to change. */
export function toTexts(settings: JsonObject): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, toText(value ?? null)]));
}

function toText(value: Json): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, text]) => `${name}: ${String(text)}`)
    .join('\n');
}

/** The service as the API takes it: settings of its kind that are not empty, each of its type; secrets only when something was typed. */
export function toServiceInput({ kind, settings, secrets }: ServiceDraft): NotifyServiceInput {
  const shape = SERVICE_SHAPES[kind];
  const given = Object.entries(shape.settings).flatMap(([name, type]): readonly (readonly [string, Json])[] => {
    const text = settings[name]?.trim() ?? '';
    if (text === '') return [];
    if (type === 'flag') return [[name, text === 'true']];
    if (type === 'port') return [[name, Number(text)]];
    return [[name, type === 'textMap' ? toMap(text) : text]];
  });
  const secret = Object.entries(secrets).filter(([, text]) => text !== '');
  return {
    kind,
    settings: Object.fromEntries(given),
    ...(secret.length === 0 ? {} : { secret: Object.fromEntries(secret) }),
  };
}

function toMap(text: string): { readonly [name: string]: string } {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}
