import { lazy, Suspense } from 'react';
import { Link, useParams, useSearch } from 'wouter';
import type { AppView } from '../../core/api/views.ts';
import { asApiProblem } from '../api/api-problem.ts';
import { EmptyState, ErrorNote, Note, Skeleton } from '../components/notes.tsx';
import { Page } from '../components/page.tsx';
import { Tabs } from '../components/tabs.tsx';
import { APP_TABS, type AppAddress, type AppTab, parseTab, tabPath } from './data/app-address.ts';
import { type LiveApp, useApp } from './data/use-app.ts';
import { AppDialogs } from './decide/app-dialogs.tsx';
import { ControlNotes } from './decide/control-notes.tsx';
import { DiffTab } from './diff/diff-tab.tsx';
import { EventsTab } from './events/events-tab.tsx';
import { AppActions } from './header/app-actions.tsx';
import { AppHeader } from './header/app-header.tsx';
import { ReasonList } from './header/reason-list.tsx';
import { HistoryTab } from './history/history-tab.tsx';
import { ManifestTab } from './manifest/manifest-tab.tsx';
import { SyncStrip } from './sync/sync-strip.tsx';
import { ResourcesTab } from './tree/resources-tab.tsx';

const ObjectPanel = lazy(async () => ({ default: (await import('./object/object-panel.tsx')).ObjectPanel }));

/** One App: what it is, why it is not well, and everything that can be done about it. */
export function AppPage() {
  const { cluster = '', app = '', '*': rest } = useParams<{ cluster: string; app: string; '*'?: string }>();
  // A graph needs room: without a wish, a narrow screen begins with the list.
  const tab = (rest ?? '') === '' && window.matchMedia('(max-width: 44rem)').matches ? 'list' : parseTab(rest);
  return <OneApp key={`${cluster}/${app}`} address={{ cluster, app }} tab={tab} />;
}

function OneApp({ address, tab }: { readonly address: AppAddress; readonly tab: AppTab }) {
  const live = useApp(address);
  const { data: view, error, refetch } = live.view;
  if (view !== undefined) return <Found address={address} tab={tab} view={view} live={live} />;
  return (
    <Page title={address.app}>
      {error === null ? (
        <Skeleton lines={8} label={`Loading ${address.app}`} />
      ) : (
        <NotThere error={error} retry={() => void refetch()} />
      )}
    </Page>
  );
}

interface FoundProps {
  readonly address: AppAddress;
  readonly tab: AppTab;
  readonly view: AppView;
  readonly live: LiveApp;
}

function Found({ address, tab, view, live }: FoundProps) {
  const search = useSearch();
  const tabs = APP_TABS.map(({ id, title }) => ({ href: tabPath(address, id), title, ...countOf(view, id) }));
  return (
    <Page title={address.app} actions={<AppActions address={address} view={view} />}>
      <AppHeader address={address} view={view} stream={live.stream} />
      {live.view.error === null ? null : (
        <Note tone="wait">What is shown may be old: {live.view.error.message} The page tries again by itself.</Note>
      )}
      <ReasonList view={view} />
      <ControlNotes address={address} view={view} />
      <SyncStrip address={address} view={view} />
      <Tabs tabs={tabs} current={tabPath(address, tab)} label="Parts of this App" />
      <TabContent address={address} tab={tab} view={view} live={live} />
      {new URLSearchParams(search).has('object') ? (
        <Suspense fallback={null}>
          <ObjectPanel address={address} view={view} tree={live.tree} />
        </Suspense>
      ) : null}
      <AppDialogs address={address} view={view} />
    </Page>
  );
}

function TabContent({ address, tab, view, live }: FoundProps) {
  switch (tab) {
    case 'resources':
    case 'list':
      return <ResourcesTab address={address} view={view} tree={live.tree} shape={tab === 'list' ? 'list' : 'graph'} />;
    case 'diff':
      return <DiffTab address={address} view={view} />;
    case 'history':
      return <HistoryTab address={address} view={view} />;
    case 'events':
      return <EventsTab address={address} />;
    case 'manifest':
      return <ManifestTab address={address} view={view} />;
  }
}

function countOf({ status }: AppView, tab: AppTab): { readonly count?: number } {
  if (tab !== 'diff' || status === undefined) return {};
  const differing = new Set([
    ...status.resources.filter(({ sync }) => sync === 'OutOfSync').map(({ key }) => key),
    ...status.drift.map(({ key }) => key),
  ]);
  return differing.size === 0 ? {} : { count: differing.size };
}

function NotThere({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  if (asApiProblem(error).status !== 404) return <ErrorNote error={error} onRetry={retry} />;
  return (
    <EmptyState title="There is no such App">
      <p>
        It was never there, it has been removed, or you may not see it. A new App appears when its definition has been read from
        Git.
      </p>
      <p>
        <Link href="/">All Apps</Link>
      </p>
    </EmptyState>
  );
}
