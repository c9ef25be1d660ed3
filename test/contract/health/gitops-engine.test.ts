/** gitops-engine's own test of its built-in health rules (pkg/health/health_test.go), read from its Go source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { goModule } from '../../../build/go-module.ts';
import { computeHealth } from '../../../core/health/compute-health.ts';
import { GITOPS_ENGINE, readYaml } from './upstream.ts';

const folder = join(await goModule(GITOPS_ENGINE), 'pkg/health');
const source = readFileSync(join(folder, 'health_test.go'), 'utf8');

const WITH_HEALTH = [...source.matchAll(/assertAppHealth\(t, "([^"]+)", HealthStatus(\w+)\)/g)].map(
  ([, file = '', status = '']) => ({
    file,
    status,
  }),
);
const WITHOUT_HEALTH = [...source.matchAll(/assert\.Nil\(t, getHealthStatus\(t, "([^"]+)"\)\)/g)].map(([, file = '']) => ({
  file,
}));
const WORKFLOWS = [
  ...source.matchAll(/"phase":\s+"(\w+)",\s+"message":\s+"([^"]+)"[\s\S]*?Equal\(t, HealthStatus(\w+), health\.Status\)/g),
].map(([, phase = '', message = '', status = '']) => ({ phase, message, status }));

it('upstream has all the cases that it had', () => {
  expect(WITH_HEALTH.length).toBeGreaterThanOrEqual(44);
  expect(WITHOUT_HEALTH.length).toBeGreaterThanOrEqual(3);
  expect(WORKFLOWS.length).toBeGreaterThanOrEqual(2);
});

describe('the built-in rules', () => {
  it.each(WITH_HEALTH)('call $file $status', ({ file, status }) =>
    expect(computeHealth(readYaml(join(folder, file)), 'argo').status).toBe(status),
  );

  // No health at all is Healthy here: neither makes an App worse or a wave wait.
  it.each(WITHOUT_HEALTH)('have nothing against $file', ({ file }) =>
    expect(computeHealth(readYaml(join(folder, file)), 'argo')).toEqual({ status: 'Healthy' }),
  );

  it.each(WORKFLOWS)('call a Workflow in phase $phase $status', ({ phase, message, status }) =>
    expect(computeHealth({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', status: { phase, message } }, 'argo')).toEqual({
      status,
      message,
    }),
  );
});
