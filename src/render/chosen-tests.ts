import type { AppRender } from '../../core/app/app.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { JsonObject } from '../../core/objects/object.ts';

/** The objects of a chart without the tests that a release does not want (Helm's name filters: exclusion first, then inclusion where there is any). */
export function chooseTests(objects: readonly JsonObject[], tests: AppRender['tests']): readonly JsonObject[] {
  if (tests === undefined) return objects;
  return objects.filter((object) => {
    const { metadata } = object;
    if (!isJsonObject(metadata) || !isTest(metadata)) return true;
    const name = String(metadata['name']);
    return !tests.exclude.includes(name) && (tests.include.length === 0 || tests.include.includes(name));
  });
}

/** An object that is nothing but a test: what is another hook as well runs on its own occasion. */
function isTest({ annotations }: JsonObject): boolean {
  const hook = isJsonObject(annotations) ? annotations['helm.sh/hook'] : undefined;
  if (typeof hook !== 'string') return false;
  return hook.split(',').every((one) => /^test(?:-success)?$/i.test(one.trim()));
}
