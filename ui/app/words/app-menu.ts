import type { AppView } from '../../../core/api/views.ts';

export type MenuAction =
  | 'sync'
  | 'refresh'
  | 'terminate'
  | 'reset'
  | 'rollback'
  | 'unpin'
  | 'approve'
  | 'confirm'
  | 'suspend'
  | 'resume'
  | 'break-glass'
  | 'override-windows'
  | 'restore'
  | 'delete';

export interface MenuItem {
  readonly action: MenuAction;
  readonly title: string;
  /** Why it cannot be done right now; it is shown all the same, so that nobody has to guess. */
  readonly disabled?: string;
  readonly isDangerous: boolean;
}

/** What each action needs, in the words of AppView.can. */
const NEEDS: { readonly [action in MenuAction]: string } = {
  sync: 'sync',
  refresh: 'get',
  terminate: 'sync',
  reset: 'sync',
  rollback: 'rollback',
  unpin: 'rollback',
  approve: 'approve',
  confirm: 'delete',
  suspend: 'suspend',
  resume: 'suspend',
  'break-glass': 'override',
  'override-windows': 'override',
  restore: 'delete',
  delete: 'delete',
};

/** True when the caller may do it; a Worker that does not say leaves it to the answer. */
export function mayDo(view: AppView, action: string): boolean {
  return action === 'get' || view.can === undefined || view.can.includes(action) || view.can.includes('*');
}

/** The menu of an App: what the caller may do and what makes sense now; what only cannot be done at the moment says why. */
export function computeMenu(view: AppView): readonly MenuItem[] {
  const { control, status, definition } = view;
  const items: (MenuItem | false)[] = [
    item('sync', 'Sync…', { disabled: whyNoSync(view) }),
    item('refresh', 'Read Git again'),
    status?.progress?.state === 'running' && item('terminate', 'Stop the sync'),
    definition.policy.release !== undefined && item('reset', 'Retry the release'),
    item('rollback', 'Roll back…', { disabled: whyNoRollback(view) }),
    control?.pin !== undefined && item('unpin', 'Unpin…'),
    control?.approval !== undefined && item('approve', 'Approve…'),
    control?.deletions !== undefined && item('confirm', 'Confirm deletions…', { isDangerous: true }),
    control?.suspended === undefined
      ? item('suspend', 'Suspend…', {
          disabled: definition.policy.suspended ? 'Git suspends it: change its definition.' : undefined,
        })
      : item('resume', 'Resume…'),
    item('break-glass', 'Break glass…', { disabled: whyNoGlass(view) }),
    hasWindows(view) && item('override-windows', 'Override windows…'),
    control?.deleted !== undefined && item('restore', 'Restore…'),
    control?.deleted === undefined &&
      item('delete', 'Delete…', {
        isDangerous: true,
        disabled: view.state === 'removed' ? 'It is being removed already.' : undefined,
      }),
  ];
  return items.filter((one): one is MenuItem => one !== false && mayDo(view, NEEDS[one.action]));
}

function item(
  action: MenuAction,
  title: string,
  { disabled, isDangerous = false }: { readonly disabled?: string | undefined; readonly isDangerous?: boolean } = {},
): MenuItem {
  return { action, title, isDangerous, ...(disabled === undefined ? {} : { disabled }) };
}

function whyNoSync(view: AppView): string | undefined {
  if (view.state === 'removed') return 'Git no longer has it.';
  if (view.control?.deleted !== undefined) return 'A person deleted it: restore it first.';
  if (view.control?.suspended !== undefined) return 'It is suspended: resume it first.';
  if (view.definition.policy.suspended) return 'Git suspends it: change its definition.';
  if (view.bundle === undefined) return 'Nothing was rendered yet.';
  return undefined;
}

function whyNoRollback(view: AppView): string | undefined {
  if (view.state === 'removed') return 'Git no longer has it.';
  if (view.control?.deleted !== undefined) return 'A person deleted it: restore it first.';
  return undefined;
}

function whyNoGlass({ definition, state }: AppView): string | undefined {
  if (state === 'removed') return 'Git no longer has it.';
  return definition.policy.selfHeal ? undefined : 'It does not heal drift by itself.';
}

function hasWindows({ definition, control, reasons }: AppView): boolean {
  const { windows, project } = definition.policy;
  return (
    (windows ?? []).length > 0 ||
    project !== undefined ||
    control?.windows !== undefined ||
    (reasons ?? []).some(({ code }) => code.includes('window'))
  );
}
