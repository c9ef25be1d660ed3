import { ChevronDown } from 'lucide-react';
import type { AppView } from '../../../core/api/views.ts';
import { answer, param } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Menu } from '../../components/menu.tsx';
import { useToasts } from '../../components/toast.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useDecision } from '../data/use-decision.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { computeMenu, type MenuAction } from '../words/app-menu.ts';

/** Actions that need no question: they only look again, or can be undone by asking again. */
const AT_ONCE: ReadonlySet<MenuAction> = new Set(['refresh', 'terminate', 'reset']);
const NEW_GROUP: ReadonlySet<MenuAction> = new Set(['suspend', 'resume', 'delete', 'restore']);

/** What can be done to the App: syncing as a button of its own, everything else in a menu. */
export function AppActions({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  const [, setAsked] = useQueryState('do');
  const toasts = useToasts();
  const refresh = useDecision(address, {
    run: () => answer(appApi.refresh.$post({ param: param(address), json: {} })),
    done: 'Git is read again.',
  });
  const terminate = useDecision(address, {
    run: () => answer(appApi.terminate.$post({ param: param(address), json: {} })),
    done: 'The sync is being stopped.',
  });
  const reset = useDecision(address, {
    run: () => answer(appApi.reset.$post({ param: param(address), json: {} })),
    done: 'The release is tried again.',
  });
  const atOnce = { refresh, terminate, reset };
  const act = (action: MenuAction) => {
    if (!AT_ONCE.has(action)) return setAsked(action);
    // AT_ONCE has exactly the keys of atOnce.
    return atOnce[action as keyof typeof atOnce].mutate(undefined, { onError: toasts.failed });
  };
  const items = computeMenu(view);
  const sync = items.find(({ action }) => action === 'sync');
  return (
    <>
      {sync === undefined ? null : (
        <Button tone="primary" onClick={() => act('sync')} disabled={sync.disabled !== undefined} title={sync.disabled}>
          {sync.title}
        </Button>
      )}
      <Menu
        label="Actions"
        trigger={
          <Button>
            Actions <ChevronDown size={16} aria-hidden />
          </Button>
        }
        items={items
          .filter(({ action }) => action !== 'sync')
          .map(({ action, title, disabled, isDangerous }) => ({
            id: action,
            title,
            isDangerous,
            startsGroup: NEW_GROUP.has(action),
            onSelect: () => act(action),
            ...(disabled === undefined ? {} : { disabled }),
          }))}
      />
    </>
  );
}
