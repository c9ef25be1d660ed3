import type { App } from '../../core/app/app.ts';
import type { Manifest } from '../../core/objects/object.ts';

/** How many labels of a definition are kept, and how much of each: they travel in lists of thousands of Apps. */
const MAX_LABELS = 20;
const MAX_VALUE = 63;
const MAX_NAME = 317;

/** The labels of a definition by which people group and search its App, and whether everybody may see its badge; none where it has none. */
export function definitionLabels({ metadata }: Manifest): Pick<App, 'labels' | 'badge'> {
  const labels = Object.entries(metadata.labels ?? {})
    .filter(([name, value]) => typeof value === 'string' && value.length <= MAX_VALUE && name.length <= MAX_NAME)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_LABELS);
  return {
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(metadata.annotations?.['plumbline.dev/badge'] === 'public' ? { badge: 'public' as const } : {}),
  };
}
