import { expect, test } from 'vitest';
import { emptyHistogram, observe, writeOpenMetrics } from '../../../core/metrics/open-metrics.ts';
import { parseOpenMetrics } from './parse-open-metrics.ts';

test('an exposition of nothing is its end', () => {
  expect(writeOpenMetrics([])).toBe('# EOF\n');
});

test('counters end in _total, gauges in their unit', () => {
  const text = writeOpenMetrics([
    { name: 'a_syncs', type: 'counter', help: 'Syncs.', samples: [[{ outcome: 'synced' }, 3]] },
    { name: 'a_seen_seconds', type: 'gauge', unit: 'seconds', help: 'When.', samples: [[{}, 1.5]] },
  ]);
  expect(text).toBe(
    [
      '# TYPE a_syncs counter',
      '# HELP a_syncs Syncs.',
      'a_syncs_total{outcome="synced"} 3',
      '# TYPE a_seen_seconds gauge',
      '# UNIT a_seen_seconds seconds',
      '# HELP a_seen_seconds When.',
      'a_seen_seconds 1.5',
      '# EOF',
      '',
    ].join('\n'),
  );
});

test('a histogram has cumulative buckets, a count and a sum', () => {
  const histogram = [0.05, 0.1, 0.3, 7].reduce(observe, emptyHistogram([0.1, 1, 5]));
  const [family] = parseOpenMetrics(
    writeOpenMetrics([{ name: 'h', type: 'histogram', help: 'x', samples: [[{ cluster: 'eu' }, histogram]] }]),
  );
  expect(family?.samples.map(({ labels, value }) => [labels['le'], value])).toEqual([
    ['0.1', 2],
    ['1.0', 3],
    ['5.0', 3],
    ['+Inf', 4],
    [undefined, 4],
    [undefined, 7.45],
  ]);
});

test('S27: whatever stands in a label comes out of a reader unchanged', () => {
  const wild = 'a"b\\c\nd}{,=# EOF';
  const text = writeOpenMetrics([{ name: 'g', type: 'gauge', help: 'say "x"\\\nnext', samples: [[{ cluster: wild }, 0]] }]);
  const [family] = parseOpenMetrics(text);
  expect(family?.samples).toEqual([{ name: 'g', labels: { cluster: wild }, value: 0 }]);
});

test.each([
  ['no end', '# TYPE a gauge\na 1\n'],
  ['a counter without _total', '# TYPE a counter\na 1\n# EOF\n'],
  ['a unit that the name does not end in', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
  ['the same sample twice', '# TYPE a gauge\na 1\na 1\n# EOF\n'],
  ['an empty line', '# TYPE a gauge\n\na 1\n# EOF\n'],
  ['a label that is not escaped', '# TYPE a gauge\na{b="c"d"} 1\n# EOF\n'],
])('the reader of the tests is strict: %s', (_what, text) => {
  expect(() => parseOpenMetrics(text)).toThrow();
});
