import type { Terminal } from '../terminal.ts';
import { printableLine } from './printable.ts';

export const FORMATS = ['table', 'json', 'yaml', 'name'] as const;
/** How results are written: for people, as data whose shape is that of the API (core/api), or only their names, one a line. */
export type OutputFormat = (typeof FORMATS)[number];

export interface Writer {
  readonly format: OutputFormat;
  /** Writes a result: as data, or what `table` makes of it for people. */
  result(data: unknown, table: () => string | Promise<string>): Promise<void>;
  /** Writes one of a stream of results: a line of JSON, a YAML document, or a line for people. */
  item(data: unknown, line: () => string): Promise<void>;
}

export function createWriter(format: OutputFormat, terminal: Terminal): Writer {
  const write = async (data: unknown, options: { readonly stream: boolean; readonly people: () => string | Promise<string> }) => {
    switch (format) {
      case 'json':
        return terminal.out(`${JSON.stringify(data, null, options.stream ? 0 : 2)}\n`);
      case 'yaml':
        return terminal.out(`${options.stream ? '---\n' : ''}${await toYaml(data)}`);
      case 'name':
        return terminal.out(
          namesOf(data)
            .map((name) => `${printableLine(name)}\n`)
            .join(''),
        );
      case 'table':
        return terminal.out(await options.people());
    }
  };
  return {
    format,
    result: (data, table) => write(data, { stream: false, people: table }),
    item: (data, line) => write(data, { stream: true, people: line }),
  };
}

async function toYaml(data: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  // YAML 1.1 is what Kubernetes' tools read: words such as `yes` are quoted. Nothing is folded or shared, so that output can be compared.
  return stringify(data, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** What a result is called: `cluster/app`, or the first of its fields that names it. Of a list the name of each; nothing for what has none. */
export function namesOf(data: unknown): readonly string[] {
  if (Array.isArray(data)) return data.flatMap(namesOf);
  if (typeof data !== 'object' || data === null) return data === undefined || data === null ? [] : [String(data)];
  const fields = data as Record<string, unknown>; // any object has string keys
  const { cluster, app } = fields;
  if (typeof cluster === 'string' && typeof app === 'string') return [app === '' ? cluster : `${cluster}/${app}`];
  for (const field of ['key', 'entry', 'commit', 'id', 'name', 'url']) {
    const name = fields[field];
    if (typeof name === 'string') return [name];
  }
  return [];
}
