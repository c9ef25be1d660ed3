import type { ComponentType } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import type { AppAddress } from '../data/app-address.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { RollbackDialog } from '../history/rollback-dialog.tsx';
import { SyncDialog } from '../sync/sync-dialog.tsx';
import { computeMenu } from '../words/app-menu.ts';
import { ApproveDialog } from './approval-card.tsx';
import {
  type AppDialogProps,
  BreakGlassDialog,
  ConfirmDialog,
  DeleteDialog,
  RestoreDialog,
  ResumeDialog,
  SuspendDialog,
  UnpinDialog,
  WindowsDialog,
} from './simple-dialogs.tsx';

const DIALOGS: { readonly [action: string]: ComponentType<AppDialogProps> | undefined } = {
  sync: SyncDialog,
  rollback: RollbackDialog,
  unpin: UnpinDialog,
  approve: ApproveDialog,
  confirm: ConfirmDialog,
  suspend: SuspendDialog,
  resume: ResumeDialog,
  'break-glass': BreakGlassDialog,
  'override-windows': WindowsDialog,
  restore: RestoreDialog,
  delete: DeleteDialog,
};

/**
 * The dialog that the address asks for (`?do=sync`), so that lists and messages can link to it. A link alone never does anything: only the
 * dialog's own button does, and one that the person may not use or that makes no sense now does not open.
 */
export function AppDialogs({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  const [asked, setAsked] = useQueryState('do');
  const [, setTo] = useQueryState('to');
  if (asked === undefined || !Object.hasOwn(DIALOGS, asked)) return null;
  const Asked = DIALOGS[asked];
  const isPossible =
    asked === 'sync' || computeMenu(view).some(({ action, disabled }) => action === asked && disabled === undefined);
  if (Asked === undefined || !isPossible) return null;
  const close = () => {
    setAsked(undefined, true);
    setTo(undefined, true);
  };
  return <Asked address={address} view={view} onClose={close} />;
}
