import type { App } from '../../core/app/app.ts';
import { canonicalJson } from '../../core/json/canonical.ts';

/**
 * Everything in an App that decides what a commit renders to, as canonical JSON: two Apps with the same key and the same inputs give the
 * same objects, in whichever cluster. Repository and revision are not in it: what was read is named by Git object ids.
 */
export function renderKey(app: Pick<App, 'source' | 'render'>): string {
  return canonicalJson({ path: app.source.path, render: app.render });
}
