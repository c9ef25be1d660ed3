import type { ObjectKey } from '../../../core/objects/object.ts';

/** Which App a page is about. A type, not an interface, so that it passes as path parameters. */
export type AppAddress = {
  readonly cluster: string;
  readonly app: string;
};

/** The parts of an App's page, in the order of its tabs; each has an address of its own. */
export const APP_TABS = [
  { id: 'resources', title: 'Graph' },
  { id: 'list', title: 'List' },
  { id: 'diff', title: 'Diff' },
  { id: 'history', title: 'History' },
  { id: 'events', title: 'Events' },
  { id: 'manifest', title: 'Manifest' },
] as const;
export type AppTab = (typeof APP_TABS)[number]['id'];

/** The tab that an address means; the graph for anything else. */
export function parseTab(text: string | undefined): AppTab {
  return APP_TABS.find(({ id }) => id === text)?.id ?? 'resources';
}

/** The path of a part of an App's page. */
export function tabPath({ cluster, app }: AppAddress, tab: AppTab): string {
  return `/apps/${encodeURIComponent(cluster)}/${encodeURIComponent(app)}/${tab}`;
}

/** Where the API streams what happens to an App. */
export function streamPath({ cluster, app }: AppAddress): string {
  return `/api/apps/${encodeURIComponent(cluster)}/${encodeURIComponent(app)}/stream`;
}

/** Keys of the page's cache: everything of one App begins alike, so that it can be thrown away at once. */
export const appKeys = {
  all: ({ cluster, app }: AppAddress) => ['app', cluster, app] as const,
  view: (address: AppAddress) => [...appKeys.all(address), 'view'] as const,
  tree: (address: AppAddress) => [...appKeys.all(address), 'tree'] as const,
  diff: (address: AppAddress) => [...appKeys.all(address), 'diff'] as const,
  deployments: (address: AppAddress) => [...appKeys.all(address), 'deployments'] as const,
  compare: (address: AppAddress, from: string, to: string) => [...appKeys.all(address), 'compare', from, to] as const,
  receipt: (address: AppAddress, id: string) => [...appKeys.all(address), 'receipt', id] as const,
  events: (address: AppAddress) => [...appKeys.all(address), 'events'] as const,
  object: (address: AppAddress, key: ObjectKey) => [...appKeys.all(address), 'object', key] as const,
  actions: (address: AppAddress, key: ObjectKey) => [...appKeys.all(address), 'actions', key] as const,
};
