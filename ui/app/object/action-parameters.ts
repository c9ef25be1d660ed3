import type { ResourceAction } from '../../../core/api/tree.ts';
import type { JsonObject } from '../../../core/objects/object.ts';

/** What was typed for the parameters of an action, as the API takes it, and what is wrong with it. */
export interface ParsedParameters {
  readonly values: JsonObject;
  readonly problems: { readonly [name: string]: string };
  /** The first problem; undefined when the action can be asked for. */
  readonly problem?: string;
}

/** Reads what was typed: whole numbers as numbers, everything else as text; nothing may be left empty. */
export function parseParameters(
  parameters: NonNullable<ResourceAction['parameters']>,
  texts: { readonly [name: string]: string },
): ParsedParameters {
  const values: Record<string, string | number> = {};
  const problems: Record<string, string> = {};
  for (const { name, type } of parameters) {
    const text = (texts[name] ?? '').trim();
    if (type === 'text') values[name] = text;
    else if (/^\d{1,9}$/.test(text)) values[name] = Number(text);
    else problems[name] = 'Write a whole number.';
    if (text === '') problems[name] = `${name} is missing.`;
  }
  const problem = Object.values(problems)[0];
  return { values, problems, ...(problem === undefined ? {} : { problem }) };
}
