/** Addresses of pages that others link to. */
export function appPath({ cluster, app }: { readonly cluster: string; readonly app: string }): string {
  return `/apps/${encodeURIComponent(cluster)}/${encodeURIComponent(app)}`;
}

export function clusterPath(name: string): string {
  return `/clusters/${encodeURIComponent(name)}`;
}

export function ledgerPath(cluster: string, entry?: string): string {
  const path = `/ledger/${encodeURIComponent(cluster)}`;
  return entry === undefined ? path : `${path}/${encodeURIComponent(entry)}`;
}
