import type { Manifest } from '../../core/objects/object.ts';

const BEHAVIOUR = 'devcluster.plumbline.dev/behaviour';
const DELAY = 'devcluster.plumbline.dev/delay';

export interface JobOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  /** What its Pod does: `succeed` at once is what Pods of Jobs do by themselves. */
  readonly behaviour?: 'fail' | 'succeed' | 'slow';
  readonly delay?: string;
  readonly ttlSeconds?: number;
}

/** A Job whose Pod does what it is told to; a name that ends in `*` is left to each run. */
export function job(name: string, options: JobOptions = {}): Manifest {
  const { annotations, behaviour, delay, ttlSeconds } = options;
  const behave = {
    ...(behaviour === undefined ? {} : { [BEHAVIOUR]: behaviour }),
    ...(delay === undefined ? {} : { [DELAY]: delay }),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...(name.endsWith('*') ? { name, generateName: name.slice(0, -1) } : { name }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      backoffLimit: 0,
      ...(ttlSeconds === undefined ? {} : { ttlSecondsAfterFinished: ttlSeconds }),
      template: {
        metadata: { annotations: behave },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/main:1' }] },
      },
    },
  };
}

/** A Job that is a hook of Argo CD. */
export function hookJob(phases: string, name: string, options: JobOptions = {}): Manifest {
  return job(name, { ...options, annotations: { 'argocd.argoproj.io/hook': phases, ...options.annotations } });
}

/** The same object in a wave. */
export function inWave(wave: number, object: Manifest): Manifest {
  const { metadata } = object;
  const annotations = { ...metadata.annotations, 'argocd.argoproj.io/sync-wave': String(wave) };
  return { ...object, metadata: { ...metadata, annotations } };
}

/** A Deployment of one Pod. */
export function deployment(name: string, options: JobOptions = {}): Manifest {
  const { spec } = job(name, options) as unknown as { spec: { template: { metadata: { annotations: object } } } };
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { ...spec.template.metadata.annotations } },
        spec: { containers: [{ name: 'main', image: 'example.com/main:1' }] },
      },
    },
  };
}

export const jobPath = (namespace: string, name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
