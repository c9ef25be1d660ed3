import { expect, it } from 'vitest';
import { computeHealth } from '../../../core/health/compute-health.ts';

const pod = (annotations: { readonly [key: string]: string }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', annotations },
  spec: { restartPolicy: 'Never' },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

it('a running Pod that never restarts is a task under way, unless ignore-restart-policy says that it is meant to run for ever', () => {
  expect(computeHealth(pod({}), 'argo').status).toBe('Progressing');
  expect(computeHealth(pod({ 'argocd.argoproj.io/ignore-restart-policy': 'true' }), 'argo').status).toBe('Healthy');
});
