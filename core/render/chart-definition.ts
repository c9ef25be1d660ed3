/**
 * Marks a CustomResourceDefinition that comes from a chart's `crds/` folder, in the bundle of a Helm release: those are no part of the release
 * (core/release/chart-definitions.ts). It stays on the object in the cluster, where it tells why nobody deletes it.
 */
export const CHART_DEFINITION = 'plumbline.dev/chart-definition';
