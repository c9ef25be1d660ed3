import { isJsonObject } from '../../core/objects/json-object.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { parseManifests } from '../../core/objects/parse.ts';
import { CHART_DEFINITION } from '../../core/render/chart-definition.ts';
import type { RenderFile, RenderResponse } from '../../core/render/render-types.ts';

/** `crds/` of the chart itself and of the charts that it holds; a folder of that name among the templates is no such folder. */
const FOLDER = /^(?:charts\/[^/]+\/)*crds\//;

/**
 * The objects of a chart, those of its `crds/` folders marked. Which those are is told by where the engine has them from; post-renderers lose that, so then
 * definitions are known by the names that stand in the files of these folders.
 */
export function markChartDefinitions(
  response: Pick<RenderResponse, 'origins'>,
  objects: readonly JsonObject[],
  chart: { readonly path: string; readonly files: ReadonlyMap<string, RenderFile> },
): readonly JsonObject[] {
  const inFolder = (file: string) => FOLDER.test(chart.path === '' ? file : file.slice(chart.path.length + 1));
  const hasOrigins = (response.origins ?? []).some(({ file }) => file !== '');
  const names = hasOrigins ? new Set<string>() : definedNames(chart.files, inFolder);
  return objects.map((object, i) => {
    const { kind, metadata } = object;
    if (kind !== 'CustomResourceDefinition' || !isJsonObject(metadata)) return object;
    const isMarked = hasOrigins ? inFolder(response.origins?.[i]?.file ?? '') : names.has(String(metadata['name']));
    if (!isMarked) return object;
    const annotations = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
    return { ...object, metadata: { ...metadata, annotations: { ...annotations, [CHART_DEFINITION]: 'true' } } };
  });
}

function definedNames(files: ReadonlyMap<string, RenderFile>, inFolder: (file: string) => boolean): ReadonlySet<string> {
  const found = [...files.values()].filter(({ path }) => inFolder(path));
  const manifests = found.flatMap(
    ({ path, content }) => parseManifests(new TextDecoder().decode(content), { file: path }).documents,
  );
  return new Set(manifests.map(({ manifest }) => manifest.metadata.name));
}
