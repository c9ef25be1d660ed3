import { stringify } from 'yaml';

/** The manifests of an App that has something of everything that a tree shows. */
export function livelyManifests(name: string): Readonly<Record<string, string>> {
  const labels = { app: name };
  const pod = { containers: [{ name: 'web', image: 'example.com/web:1', env: [{ name: 'MODE', value: 'plain' }] }] };
  const meta = { name };
  return {
    'deployment.yaml': stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta,
      // Without replicas: how many there are is not Git's to say.
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    }),
    'fixed.yaml': stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `${name}-fixed` },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: `${name}-fixed` } },
        template: { metadata: { labels: { app: `${name}-fixed` } }, spec: pod },
      },
    }),
    'service.yaml': stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta,
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    }),
    'cronjob.yaml': stringify({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: meta,
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'example.com/job:1' }] } } },
        },
      },
    }),
    'secret.yaml': stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: meta,
      stringData: { password: 'c4nary-of-a-tree-9' },
    }),
  };
}
