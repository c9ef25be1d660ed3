import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { BoardProvider } from '../board/use-board.tsx';
import { Skeleton } from '../components/notes.tsx';
import { Page } from '../components/page.tsx';
import { FleetPage } from '../fleet/fleet-page.tsx';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { CrashNote } from './crash-note.tsx';
import { Layout } from './layout.tsx';
import { NotFoundPage } from './not-found-page.tsx';

/** Pages that are loaded when somebody goes there; the list of Apps is what everybody sees first. */
const page = <Name extends string>(load: () => Promise<{ [name in Name]: ComponentType }>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

const AppPage = page(() => import('../app/app-page.tsx'), 'AppPage');
const ClustersPage = page(() => import('../clusters/clusters-page.tsx'), 'ClustersPage');
const ClusterPage = page(() => import('../clusters/cluster-page.tsx'), 'ClusterPage');
const LedgerPage = page(() => import('../ledger/ledger-page.tsx'), 'LedgerPage');
const LedgerEntryPage = page(() => import('../ledger/ledger-entry-page.tsx'), 'LedgerEntryPage');
const ActivityPage = page(() => import('../activity/activity-page.tsx'), 'ActivityPage');
const FiguresPage = page(() => import('../figures/figures-page.tsx'), 'FiguresPage');
const SettingsPage = page(() => import('../settings/settings-page.tsx'), 'SettingsPage');
const DevicePage = page(() => import('../sign-in/device-page.tsx'), 'DevicePage');

/** Every page by its address. `isPagePath` of the Worker's src/api/dashboard-routes.ts knows the same addresses. */
export function Router() {
  return (
    <Switch>
      <Route path="/sign-in">
        <SignInPage />
      </Route>
      <Route>
        <BoardProvider>
          <Layout>
            <Pages />
          </Layout>
        </BoardProvider>
      </Route>
    </Switch>
  );
}

function Pages() {
  const [path] = useLocation();
  return (
    <CrashNote at={path}>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/">
            <FleetPage />
          </Route>
          <Route path="/apps">
            <Redirect to="/" replace />
          </Route>
          <Route path="/apps/:cluster/:app/*?">
            <AppPage />
          </Route>
          <Route path="/clusters">
            <ClustersPage />
          </Route>
          <Route path="/clusters/:cluster">
            <ClusterPage />
          </Route>
          <Route path="/ledger/:cluster/:entry">
            <LedgerEntryPage />
          </Route>
          <Route path="/ledger/:cluster?">
            <LedgerPage />
          </Route>
          <Route path="/activity">
            <ActivityPage />
          </Route>
          <Route path="/figures">
            <FiguresPage />
          </Route>
          <Route path="/settings/:section?">
            <SettingsPage />
          </Route>
          <Route path="/device">
            <DevicePage />
          </Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </Suspense>
    </CrashNote>
  );
}

function Loading() {
  return (
    <Page title="Loading">
      <Skeleton lines={6} />
    </Page>
  );
}
