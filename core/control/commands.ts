/** What people may decide about an App: what the routes of core/api/routes.ts below /apps/:cluster/:app ask of its cluster. */
export type ControlCommand = { readonly reason?: string } & (
  | { readonly kind: 'rollback'; readonly to: string; readonly until: 'newer-commit' | 'unpin' | number }
  | { readonly kind: 'unpin' | 'suspend' | 'resume' | 'restore' | 'confirm' }
  | { readonly kind: 'approve'; readonly bundle: string }
  | { readonly kind: 'break-glass' | 'override-windows'; readonly seconds: number }
  | { readonly kind: 'delete'; readonly cascade: 'prune' | 'orphan'; readonly confirm: string }
);

/** The longest time for which something may be pinned, left unhealed or let through its windows, in seconds. */
export const MAX_SECONDS = 90 * 86_400;
