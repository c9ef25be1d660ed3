import type { ApiClient } from '../../../../cli/connection/api-client.ts';
import type { AppSummary } from '../../../../core/api/views.ts';
import { need } from './lone-worker.ts';

/** All that the JSON API says to somebody with the token, as one text. */
export async function everythingShown(api: ApiClient): Promise<string> {
  const { apps } = need(await api.get<{ apps: readonly AppSummary[] }>('/apps'));
  const paths = [
    '/apps',
    '/fleet',
    '/clusters',
    '/keys',
    '/events',
    ...apps.flatMap(({ cluster, app }) => pathsOf(cluster, app)),
  ];
  const texts: string[] = [];
  for (const path of paths) texts.push(`${path} ${JSON.stringify(need(await api.get<unknown>(path)))}`);
  return texts.join('\n');
}

function pathsOf(cluster: string, app: string): string[] {
  return ['', '/resources', '/diff', '/history'].map((part) => `/apps/${cluster}/${app}${part}`);
}
