import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { PersonView } from '../../core/api/access.ts';
import { answer, client, param } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/field.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState, ErrorNote } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { Table } from '../components/table.tsx';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';
import { splitList } from './split-list.ts';

/** Who has signed in, what they may do, and where they are signed in. */
export function PeopleSection() {
  const query = useQuery({ queryKey: ['people'], queryFn: () => answer(client.people.$get()) });
  const [editing, setEditing] = useState<PersonView>();
  const [removing, setRemoving] = useState<PersonView>();
  const mayChange = useCan('accounts, update');
  const mayRemove = useCan('accounts, delete');
  const endSession = useAction<string, unknown>({
    run: (id) => answer(client.sessions[':id'].$delete({ param: param({ id }) })),
    done: () => 'The session has ended.',
    refresh: [['people']],
  });
  return (
    <Panel title="People">
      {endSession.error === null ? null : <ErrorNote error={endSession.error} />}
      <Loaded query={query}>
        {({ people }) =>
          people.length === 0 ? (
            <EmptyState title="Nobody has signed in yet">
              <p>
                Set up a sign-in provider; whoever comes by it appears here. What they may do says the policy, by their groups, or
                the roles given here.
              </p>
            </EmptyState>
          ) : (
            <Table
              caption="People"
              rows={people}
              rowKey={({ id }) => id}
              columns={[
                {
                  id: 'name',
                  title: 'Name',
                  cell: ({ name, email }) => (email === undefined || email === name ? name : `${name} (${email})`),
                },
                { id: 'provider', title: 'By', cell: ({ provider }) => provider },
                { id: 'groups', title: 'Groups', cell: ({ groups }) => groups.join(', ') },
                { id: 'roles', title: 'Roles', cell: ({ roles }) => roles.join(', ') },
                { id: 'seen', title: 'Last seen', cell: ({ lastSeenAt }) => <RelativeTime time={lastSeenAt} /> },
                {
                  id: 'sessions',
                  title: 'Sessions',
                  cell: ({ name, sessions }) =>
                    sessions.map((session) => (
                      <span key={session.id}>
                        since <RelativeTime time={session.createdAt} />{' '}
                        <Button
                          small
                          tone="quiet"
                          aria-label={`End this session of ${name}`}
                          busy={endSession.isPending}
                          onClick={() => endSession.mutate(session.id)}
                        >
                          End
                        </Button>
                      </span>
                    )),
                },
                {
                  id: 'actions',
                  title: '',
                  align: 'end',
                  cell: (person) => (
                    <>
                      {mayChange ? (
                        <Button small tone="quiet" aria-label={`Roles of ${person.name}`} onClick={() => setEditing(person)}>
                          Roles
                        </Button>
                      ) : null}
                      {mayRemove ? (
                        <Button small tone="quiet" aria-label={`Remove ${person.name}`} onClick={() => setRemoving(person)}>
                          Remove
                        </Button>
                      ) : null}
                    </>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {editing === undefined ? null : <EditRoles person={editing} onClose={() => setEditing(undefined)} />}
      {removing === undefined ? null : <RemovePerson person={removing} onClose={() => setRemoving(undefined)} />}
    </Panel>
  );
}

function EditRoles({ person, onClose }: { readonly person: PersonView; readonly onClose: () => void }) {
  const [roles, setRoles] = useState(person.roles.join(', '));
  const form = useId();
  const save = useAction<void, unknown>({
    run: () => answer(client.people[':id'].$put({ param: param({ id: person.id }), json: { roles: splitList(roles) } })),
    done: () => `The roles of ${person.name} are set.`,
    refresh: [['people']],
    onDone: onClose,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      isOpen
      title={`Roles of ${person.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={form} busy={save.isPending}>
            Set
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <TextField
          label="Roles"
          hint="role:admin, role:readonly, or roles of the policy; several with commas. Groups may give more."
          spellCheck={false}
          value={roles}
          onChange={(event) => setRoles(event.target.value)}
        />
      </form>
      {save.error === null ? null : <ErrorNote error={save.error} />}
    </Dialog>
  );
}

function RemovePerson({ person, onClose }: { readonly person: PersonView; readonly onClose: () => void }) {
  const remove = useAction<void, unknown>({
    run: () => answer(client.people[':id'].$delete({ param: param({ id: person.id }) })),
    done: () => `${person.name} is removed.`,
    refresh: [['people']],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={`Remove ${person.name}?`}
      act="Remove"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    >
      <p>
        All their sessions end at once. Whoever may still sign in at the provider can come back, without the roles given here.
      </p>
    </ConfirmDialog>
  );
}
