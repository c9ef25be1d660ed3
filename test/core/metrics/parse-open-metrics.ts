/**
 * A strict reader of OpenMetrics text, from the ABNF and the rules of https://prometheus.io/docs/specs/om/open_metrics_spec/ (version 1.0.0). Throws for
 * everything that the specification forbids and that counters, gauges and histograms can get wrong.
 */
export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly ReadSample[];
}

export interface ReadSample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?Inf|NaN)$/i;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
};

export function parseOpenMetrics(text: string): ReadFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('does not end with # EOF');
  const lines = text.slice(0, -'# EOF\n'.length).split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no line feed');
  const families = new Map<string, { name: string; type: string; unit: string; help: string; samples: ReadSample[] }>();
  let current: (typeof families extends Map<string, infer F> ? F : never) | undefined;
  for (const line of lines) {
    if (line === '') throw new Error('empty lines are not allowed');
    if (line.startsWith('#')) {
      const match = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line);
      if (match === null) throw new Error(`not a descriptor: ${line}`);
      const [, kind = '', name = '', value = ''] = match;
      if (!NAME.test(name)) throw new Error(`not a metric name: ${name}`);
      if (current?.name !== name) {
        if (families.has(name)) throw new Error(`${name} is interleaved`);
        current = { name, type: '', unit: '', help: '', samples: [] };
        families.set(name, current);
      }
      if (current.samples.length > 0) throw new Error(`${kind} of ${name} after its samples`);
      const field = kind.toLowerCase() as 'type' | 'unit' | 'help';
      if (current[field] !== '') throw new Error(`${kind} of ${name} twice`);
      if (kind === 'TYPE' && SUFFIXES[value] === undefined) throw new Error(`type ${value}`);
      if (kind === 'UNIT' && !name.endsWith(`_${value}`)) throw new Error(`${name} does not end in its unit ${value}`);
      if (kind === 'HELP' && /(?<!\\)(\\\\)*\\[^\\n"]|(?<!\\)(\\\\)*"/.test(value))
        throw new Error(`HELP is not escaped: ${value}`);
      current[field] = value;
      continue;
    }
    if (current === undefined) throw new Error('a sample before any descriptor');
    current.samples.push(readSample(line, current));
  }
  for (const family of families.values()) checkFamily(family);
  return [...families.values()];
}

function readSample(line: string, family: { readonly name: string; readonly type: string }): ReadSample {
  const match = /^([^\s{]+)(?:\{((?:[^"}]|"(?:\\.|[^"\\])*")*)\})? (\S+)$/.exec(line);
  if (match === null) throw new Error(`not a sample: ${line}`);
  const [, name = '', pairs = '', number = ''] = match;
  const suffixes = SUFFIXES[family.type] ?? [];
  if (!suffixes.some((suffix) => name === family.name + suffix))
    throw new Error(`${name} does not belong to ${family.type} ${family.name}`);
  if (!NUMBER.test(number)) throw new Error(`not a number: ${number}`);
  const labels: Record<string, string> = {};
  let rest = pairs;
  while (rest !== '') {
    const pair = /^([^=]+)="((?:\\[\\n"]|[^"\\\n])*)"(,|$)/.exec(rest);
    if (pair === null) throw new Error(`not labels: ${rest}`);
    const [whole, label = '', value = '', comma] = pair;
    if (!LABEL_NAME.test(label) || label.startsWith('__')) throw new Error(`not a label name: ${label}`);
    if (label in labels) throw new Error(`label ${label} twice`);
    labels[label] = value.replace(/\\(.)/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter));
    rest = rest.slice(whole.length);
    if (comma === ',' && rest === '') throw new Error('a comma at the end of labels');
  }
  return { name, labels, value: number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number) };
}

function checkFamily({ name, type, samples }: ReadFamily): void {
  if (type === '') throw new Error(`${name} has no type`);
  if (/_(total|created|count|sum|bucket)$/.test(name)) throw new Error(`${name} ends in a reserved suffix`);
  const seen = new Set<string>();
  for (const { name: sample, labels, value } of samples) {
    const key = sample + JSON.stringify(Object.entries(labels).sort());
    if (seen.has(key)) throw new Error(`twice: ${key}`);
    seen.add(key);
    if (type !== 'gauge' && (value < 0 || Number.isNaN(value))) throw new Error(`${sample} is ${value}`);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const groups = new Map<string, ReadSample[]>();
  let last = '';
  for (const sample of samples) {
    const { le: _le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    if (key !== last && groups.has(key)) throw new Error(`${name} is interleaved`);
    last = key;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'])));
    if (bounds.some(Number.isNaN) || buckets.some(({ labels }) => labels['le'] === undefined))
      throw new Error('a bucket without le');
    if (buckets.some(({ labels }) => labels['le'] !== '+Inf' && !/[.e]/.test(labels['le'] ?? '')))
      throw new Error('le is not a float');
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error('no bucket +Inf');
    for (let i = 1; i < buckets.length; i++) {
      if ((bounds[i] ?? 0) <= (bounds[i - 1] ?? 0)) throw new Error('bounds are not in order');
      if ((buckets[i]?.value ?? 0) < (buckets[i - 1]?.value ?? 0)) throw new Error('buckets are not cumulative');
    }
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    if (count !== buckets.at(-1)?.value) throw new Error('_count is not the bucket +Inf');
    if (!group.some((sample) => sample.name === `${name}_sum`)) throw new Error('no _sum');
  }
}
