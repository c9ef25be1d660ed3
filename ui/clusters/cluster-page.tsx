import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import type { ClusterAdded, ClusterDetails } from '../../core/api/views.ts';
import { EventList } from '../activity/event-list.tsx';
import { answer, client, param } from '../api/client.ts';
import { useBoard } from '../board/use-board.tsx';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { describeBytes } from '../components/bytes.ts';
import { CodeBlock } from '../components/code-block.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Facts, Page, Panel } from '../components/page.tsx';
import { ProblemList } from '../components/problem-list.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { useAction } from '../components/use-action.ts';
import { ledgerPath } from '../shell/paths.ts';
import { useCan } from '../shell/use-me.ts';
import { ClusterApps } from './cluster-apps.tsx';
import { clusterState } from './cluster-state.ts';
import { InstallCommand } from './install-command.tsx';

/** One cluster: its agent, its Apps, what drifted in it. */
export function ClusterPage() {
  const { cluster = '' } = useParams<{ cluster: string }>();
  const { state } = useBoard();
  const details = useQuery({
    queryKey: ['cluster', cluster],
    queryFn: () => answer(client.clusters[':name'].$get({ param: param({ name: cluster }) })),
    refetchInterval: 30_000,
  });
  const [asked, setAsked] = useState<'rotate' | 'remove'>();
  const mayRotate = useCan('clusters, update');
  const mayRemove = useCan('clusters, delete');
  return (
    <Page
      title={cluster}
      actions={
        <>
          {mayRotate ? <Button onClick={() => setAsked('rotate')}>New install command</Button> : null}
          {mayRemove ? <Button onClick={() => setAsked('remove')}>Remove</Button> : null}
        </>
      }
    >
      <Loaded query={details}>
        {(found) => <ClusterBody details={{ ...found, ...state?.clusters.find(({ name }) => name === cluster) }} />}
      </Loaded>
      {asked === 'rotate' ? <Rotate cluster={cluster} onClose={() => setAsked(undefined)} /> : null}
      {asked === 'remove' ? <Remove cluster={cluster} onClose={() => setAsked(undefined)} /> : null}
    </Page>
  );
}

function ClusterBody({ details }: { readonly details: ClusterDetails }) {
  const { name, agent, generation, lastSeen, ledgerHead, agentKeys, problems, uid } = details;
  const { tone, word } = clusterState(details);
  const drift = useQuery({
    queryKey: ['activity', 'drift', name],
    queryFn: () => answer(client.activity.$get({ query: { cluster: name, kind: 'drift', limit: '30' } })),
    refetchInterval: 30_000,
  });
  return (
    <>
      <ProblemList problems={problems} />
      <Panel title="Agent">
        <Facts
          facts={[
            [
              'State',
              <Badge key="state" tone={tone}>
                {word}
              </Badge>,
            ],
            ['Last seen', lastSeen === undefined ? 'never' : <RelativeTime key="seen" time={lastSeen} />],
            ['Version', agent?.version ?? '–'],
            ['Started', agent === undefined ? '–' : <RelativeTime key="started" time={agent.startedAt} />],
            ['Memory', agent === undefined ? '–' : describeBytes(agent.rssBytes)],
            ['Latency', agent?.rttMs === undefined ? '–' : `${Math.round(agent.rttMs)} ms`],
            ['Generation', generation],
            [
              'Ledger',
              ledgerHead === undefined ? (
                'empty'
              ) : (
                <Link key="ledger" href={ledgerPath(name, ledgerHead)}>
                  {ledgerHead.slice(0, 7)}
                </Link>
              ),
            ],
            ['Cluster UID', uid ?? '–'],
            ['Agent keys', agentKeys.length === 0 ? 'none' : agentKeys.map(({ keyid }) => keyid).join(', ')],
          ]}
        />
        {agent === undefined && uid === undefined ? (
          <>
            <p>Its agent has not been installed yet. A new install command can be made above, or in a terminal:</p>
            <CodeBlock label="command that makes an install command" text={`plumb cluster rotate ${name}`} />
          </>
        ) : null}
      </Panel>
      <ClusterApps cluster={name} />
      <Panel title="Drift journal">
        <Loaded query={drift}>
          {({ events }) =>
            events.length === 0 ? <p>Nobody changed anything by hand that Git says otherwise.</p> : <EventList events={events} />
          }
        </Loaded>
      </Panel>
    </>
  );
}

function Rotate({ cluster, onClose }: { readonly cluster: string; readonly onClose: () => void }) {
  const rotate = useAction<string, ClusterAdded>({
    run: (reason) =>
      answer(client.clusters[':name'].rotate.$post({ param: param({ name: cluster }), json: reason === '' ? {} : { reason } })),
    refresh: [['cluster', cluster]],
  });
  if (rotate.data !== undefined)
    return (
      <Dialog isOpen title={`Connect ${cluster} anew`} onClose={onClose} actions={<Button onClick={onClose}>Done</Button>}>
        <InstallCommand added={rotate.data} />
      </Dialog>
    );
  return (
    <ConfirmDialog
      title={`A new agent for ${cluster}?`}
      act="Make the command"
      asksReason
      busy={rotate.isPending}
      error={rotate.error}
      onClose={onClose}
      onConfirm={(reason) => rotate.mutate(reason)}
    >
      <p>The agent of now is no longer accepted once the new one has enrolled. What runs in the cluster stays as it is.</p>
    </ConfirmDialog>
  );
}

function Remove({ cluster, onClose }: { readonly cluster: string; readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const remove = useAction<void, unknown>({
    run: () => answer(client.clusters[':name'].$delete({ param: param({ name: cluster }) })),
    done: () => `${cluster} is removed.`,
    refresh: [['clusters']],
    onDone: () => navigate('/clusters'),
  });
  return (
    <ConfirmDialog
      title={`Remove ${cluster}?`}
      act="Remove the cluster"
      typed={cluster}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    >
      <p>
        Plumbline forgets the cluster and its agent. Everything that runs in it goes on running, and nobody keeps it true to Git
        any more.
      </p>
    </ConfirmDialog>
  );
}
