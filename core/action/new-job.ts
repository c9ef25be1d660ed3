import { fieldAt, stringAt } from '../health/fields.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject, Manifest } from '../objects/object.ts';
import type { ActionRequest } from './action-kind.ts';

const MAX_NAME = 63;

/** A Job of a CronJob's template, as `kubectl create job --from` makes it; named by the request, so that the same request makes one Job. */
export function jobFromCronJob(cronJob: JsonObject, { id }: ActionRequest): Manifest {
  const template = mapAt(cronJob, 'spec.jobTemplate');
  const metadata = mapAt(template, 'metadata');
  const name = stringAt(cronJob, 'metadata.name');
  const suffix = `-${id
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 8)}`;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: name.slice(0, MAX_NAME - suffix.length) + suffix,
      namespace: stringAt(cronJob, 'metadata.namespace'),
      labels: texts(mapAt(metadata, 'labels')),
      annotations: { ...texts(mapAt(metadata, 'annotations')), 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [
        {
          apiVersion: stringAt(cronJob, 'apiVersion'),
          kind: 'CronJob',
          name,
          uid: stringAt(cronJob, 'metadata.uid'),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: mapAt(template, 'spec'),
  };
}

/** Labels that the Job controller gives each Job anew. */
const GIVEN = ['controller-uid', 'batch.kubernetes.io/controller-uid', 'job-name', 'batch.kubernetes.io/job-name'];

/** The same Job as it was asked for, without what the API server and the controller added to the one before. */
export function jobAgain(job: JsonObject): Manifest {
  const metadata = mapAt(job, 'metadata');
  const spec = mapAt(job, 'spec');
  const template = mapAt(spec, 'template');
  const isManual = spec['manualSelector'] === true;
  const { selector: _selector, ...kept } = spec;
  const references = metadata['ownerReferences'];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: stringAt(job, 'metadata.name'),
      namespace: stringAt(job, 'metadata.namespace'),
      labels: texts(mapAt(metadata, 'labels'), isManual ? [] : GIVEN),
      annotations: texts(mapAt(metadata, 'annotations')),
      ...(references === undefined ? {} : { ownerReferences: references }),
    },
    spec: isManual ? spec : { ...kept, template: withoutGiven(template) },
  };
}

function withoutGiven(template: JsonObject): JsonObject {
  const metadata = mapAt(template, 'metadata');
  return { ...template, metadata: { ...metadata, labels: texts(mapAt(metadata, 'labels'), GIVEN) } };
}

function mapAt(object: JsonObject, path: string): JsonObject {
  const value: Json | undefined = fieldAt(object, path);
  return isJsonObject(value) ? value : {};
}

function texts(map: JsonObject, without: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).flatMap(([name, value]) => (typeof value === 'string' && !without.includes(name) ? [[name, value]] : [])),
  );
}
