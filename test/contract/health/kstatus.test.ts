/** kstatus' own cases (pkg/kstatus/status/status_compute_test.go): the YAML literals and expected statuses, read from the Go source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { expect, it } from 'vitest';
import { goModule } from '../../../build/go-module.ts';
import { computeHealth } from '../../../core/health/compute-health.ts';
import { CLI_UTILS, looseYaml } from './upstream.ts';

const source = readFileSync(join(await goModule(CLI_UTILS), 'pkg/kstatus/status/status_compute_test.go'), 'utf8');
const literals = new Map([...source.matchAll(/var (\w+) = `([^`]*)`/g)].map(([, name = '', yaml = '']) => [name, yaml]));

const CASES = [
  ...source.matchAll(/"([^"]+)": \{\s*spec:\s*(?:fmt\.Sprintf\()?(\w+)[^\n]*\n\s*expectedStatus:\s*(\w+)Status,/g),
].map(([, name = '', literal = '', status = '']) => ({ name, yaml: literals.get(literal) ?? '', status }));

const WORDS: Readonly<Record<string, string>> = {
  Current: 'Healthy',
  InProgress: 'Progressing',
  Terminating: 'Progressing',
  Failed: 'Degraded',
};

/** Where Plumbline says something else than kstatus, and why (docs/compatibility.md, "Health"). */
const DIFFERENT: Readonly<Record<string, string>> = {
  // Upstream looks at the clock: Failed 15 s after the Pod was made. Here it stays Progressing until the App's deadline.
  podUnschedulable: 'Progressing',
  // Flux waits for the end of a Job (fluxcd/pkg, runtime/statusreaders/job.go), where kstatus is content with its start.
  jobInProgress: 'Progressing',
};

it('upstream has all the cases that it had', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(53);
  expect(CASES.filter(({ yaml }) => yaml === '')).toEqual([]);
});

it.each(CASES)('$name is $status, as in kstatus', ({ name, yaml, status }) =>
  expect(computeHealth(looseYaml(yaml.replace('%s', '2026-01-01T00:00:00Z')), 'flux').status).toBe(
    DIFFERENT[name] ?? WORDS[status],
  ),
);
