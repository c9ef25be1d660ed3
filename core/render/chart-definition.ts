/**
 * Marks a CustomResourceDefinition that comes from a chart's `crds/` folder, in the bundle of a Helm release: those are no part of the release
 * (core/release/chart-definitions.ts). The agent reads the annotation and takes it away before it applies the object.
 */
export const CHART_DEFINITION = 'plumbline.dev/chart-definition';
