import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery, NotifyService, NotifyView, Subscription } from '../../core/api/notify.ts';
import { answer, client, param } from '../api/client.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState, Note } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { type Column, Table } from '../components/table.tsx';
import type { Tone } from '../components/tone.ts';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';
import { EditService } from './edit-service.tsx';
import { TestMessage } from './test-message.tsx';

const DELIVERY_TONE: { readonly [state in Delivery['state']]: Tone } = {
  waiting: 'wait',
  sent: 'good',
  failed: 'bad',
  summarised: 'info',
};

/** Where it is told what happens: services, who gets what, and what came of it. */
export function NotificationsSection() {
  const query = useQuery({ queryKey: ['notify'], queryFn: () => answer(client.notify.$get()), refetchInterval: 10_000 });
  return (
    <Loaded query={query}>
      {(view) => (
        <>
          {view.problems.map(({ where, message }) => (
            <Note key={`${where} ${message}`} tone="bad">
              <strong>{where}</strong>: {message}
            </Note>
          ))}
          <Services view={view} />
          <Subscriptions subscriptions={view.subscriptions} />
          <Deliveries deliveries={view.deliveries} />
        </>
      )}
    </Loaded>
  );
}

/** Services that were made here can be changed here; those from Git there. */
function isByHand({ origin }: NotifyService): boolean {
  return origin.endsWith('by hand');
}

function Services({ view }: { readonly view: NotifyView }) {
  const [editing, setEditing] = useState<NotifyService | 'new'>();
  const [testing, setTesting] = useState<string>();
  const [removing, setRemoving] = useState<string>();
  const mayChange = useCan('notifications, update');
  const mayRemove = useCan('notifications, delete');
  const columns: readonly Column<NotifyService>[] = [
    { id: 'name', title: 'Name', cell: ({ name }) => name },
    { id: 'kind', title: 'Kind', cell: ({ kind }) => kind },
    {
      id: 'state',
      title: 'State',
      cell: ({ problem }) =>
        problem === undefined ? (
          <Badge tone="good">Ready</Badge>
        ) : (
          <>
            <Badge tone="bad">Does not work</Badge> {problem}
          </>
        ),
    },
    { id: 'origin', title: 'From', cell: ({ origin }) => origin },
    {
      id: 'actions',
      title: '',
      align: 'end',
      cell: (service) => (
        <>
          {mayChange ? (
            <Button small tone="quiet" aria-label={`Test ${service.name}`} onClick={() => setTesting(service.name)}>
              Test
            </Button>
          ) : null}
          {mayChange && isByHand(service) ? (
            <Button small tone="quiet" aria-label={`Change ${service.name}`} onClick={() => setEditing(service)}>
              Change
            </Button>
          ) : null}
          {mayRemove && isByHand(service) ? (
            <Button small tone="quiet" aria-label={`Remove ${service.name}`} onClick={() => setRemoving(service.name)}>
              Remove
            </Button>
          ) : null}
        </>
      ),
    },
  ];
  return (
    <Panel
      title="Services"
      actions={
        mayChange ? (
          <Button tone="primary" onClick={() => setEditing('new')}>
            Add a service
          </Button>
        ) : undefined
      }
    >
      {view.services.length === 0 ? (
        <EmptyState title="No service yet">
          <p>
            Slack, PagerDuty, Teams, Discord, mail, webhooks, Git hosts and Alertmanager can be told. Add one, test it, then
            subscribe Apps in Git.
          </p>
        </EmptyState>
      ) : (
        <Table caption="Services" rows={view.services} rowKey={({ name }) => name} columns={columns} />
      )}
      {editing === undefined ? null : (
        <EditService service={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
      {testing === undefined ? null : <TestMessage service={testing} onClose={() => setTesting(undefined)} />}
      {removing === undefined ? null : <RemoveService name={removing} onClose={() => setRemoving(undefined)} />}
    </Panel>
  );
}

function RemoveService({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const remove = useAction<void, unknown>({
    run: () => answer(client.notify.services[':name'].$delete({ param: param({ name }) })),
    done: () => `${name} is removed.`,
    refresh: [['notify']],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={`Remove ${name}?`}
      act="Remove"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    >
      <p>Whoever is subscribed through it is told nothing any more.</p>
    </ConfirmDialog>
  );
}

function Subscriptions({ subscriptions }: { readonly subscriptions: readonly Subscription[] }) {
  return (
    <Panel title="Subscriptions">
      {subscriptions.length === 0 ? (
        <p>
          Nobody is subscribed. Annotate an App with{' '}
          <code>notifications.argoproj.io/subscribe.on-health-degraded.slack: team-shop</code>, or set defaults in a fleet path.
        </p>
      ) : (
        <Table
          caption="Subscriptions"
          rows={subscriptions}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'what',
              title: 'Of',
              cell: ({ cluster, project, app }) =>
                [cluster, project, app].filter((part) => part !== undefined && part !== '').join(' / ') || 'everything',
            },
            { id: 'kinds', title: 'When', cell: ({ kinds }) => kinds.join(', ') },
            { id: 'to', title: 'To', cell: ({ service, recipient }) => `${service}${recipient === '' ? '' : `: ${recipient}`}` },
            { id: 'origin', title: 'From', cell: ({ origin }) => origin },
            {
              id: 'problem',
              title: 'Problem',
              cell: ({ problem }) => (problem === undefined ? '' : <Badge tone="bad">{problem}</Badge>),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function Deliveries({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  return (
    <Panel title="Deliveries">
      {deliveries.length === 0 ? (
        <p>Nothing has been sent yet.</p>
      ) : (
        <Table
          caption="Deliveries, newest first"
          rows={deliveries}
          rowKey={({ id }) => id}
          columns={[
            { id: 'time', title: 'When', cell: ({ time }) => <RelativeTime time={time} /> },
            {
              id: 'kind',
              title: 'What',
              cell: ({ kind, app, cluster }) =>
                `${kind}${app === '' ? '' : ` of ${app}`}${cluster === '' ? '' : ` on ${cluster}`}`,
            },
            { id: 'to', title: 'To', cell: ({ service, recipient }) => `${service}${recipient === '' ? '' : `: ${recipient}`}` },
            { id: 'state', title: 'State', cell: ({ state }) => <Badge tone={DELIVERY_TONE[state]}>{state}</Badge> },
            {
              id: 'problem',
              title: 'Why',
              cell: ({ problem, attempts, nextAt, state }) => (
                <>
                  {problem}
                  {state === 'waiting' && nextAt !== undefined ? (
                    <>
                      {' '}
                      (attempt {attempts}, again <RelativeTime time={nextAt} />)
                    </>
                  ) : null}
                </>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}
