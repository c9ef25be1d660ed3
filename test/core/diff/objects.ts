import type { Json, JsonObject } from '../../../core/objects/object.ts';

/** One entry of managedFields. */
export interface TestOwner {
  readonly manager: string;
  readonly operation?: 'Apply' | 'Update';
  readonly subresource?: string;
  readonly time?: string;
  readonly fields: JsonObject;
}

/** A live object with the owners of its fields. */
export function owned(object: JsonObject, owners: readonly TestOwner[]): JsonObject {
  const managedFields: Json[] = owners.map(({ manager, operation = 'Apply', subresource = '', time = T1, fields }) => ({
    manager,
    operation,
    subresource,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  }));
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), managedFields } }; // every test object has metadata
}

export const T1 = '2026-01-01T00:00:00Z';
export const T2 = '2026-01-02T00:00:00Z';

/** A Deployment with one container for each image. */
export function deployment(
  replicas: number | undefined,
  images: Readonly<Record<string, string>> = { web: 'web:1' },
): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      template: { spec: { containers: Object.entries(images).map(([name, image]) => ({ name, image })) } },
    },
  };
}

/** The field set of that Deployment. */
export function deploymentFields(names: readonly string[], replicas = true): JsonObject {
  return {
    'f:spec': {
      ...(replicas ? { 'f:replicas': {} } : {}),
      'f:template': {
        'f:spec': {
          'f:containers': Object.fromEntries(
            names.map((name) => [`k:${JSON.stringify({ name })}`, { '.': {}, 'f:image': {}, 'f:name': {} }]),
          ),
        },
      },
    },
  };
}
