import type { Terminal } from '../terminal.ts';

export const FORMATS = ['table', 'json', 'yaml'] as const;
/** How results are written: for people, or as data whose shape is that of the API (core/api/views.ts). */
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
