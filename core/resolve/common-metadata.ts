import type { AppPolicy } from '../app/policy.ts';
import type { Manifest } from '../objects/object.ts';

/** Adds an App's common labels and annotations to an object, over its own ones; only to its own metadata, never to templates in it. */
export function withCommonMetadata(manifest: Manifest, common: NonNullable<AppPolicy['commonMetadata']>): Manifest {
  const { labels, annotations } = manifest.metadata;
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      ...(isEmpty(common.labels) ? {} : { labels: { ...labels, ...common.labels } }),
      ...(isEmpty(common.annotations) ? {} : { annotations: { ...annotations, ...common.annotations } }),
    },
  };
}

/** True when there is nothing to add. */
export function hasCommonMetadata(common: AppPolicy['commonMetadata']): common is NonNullable<AppPolicy['commonMetadata']> {
  return common !== undefined && !(isEmpty(common.labels) && isEmpty(common.annotations));
}

function isEmpty(map: { readonly [key: string]: string } | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}
