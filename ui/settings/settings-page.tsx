import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, useParams } from 'wouter';
import { Skeleton } from '../components/notes.tsx';
import { Page } from '../components/page.tsx';
import { type Tab, Tabs } from '../components/tabs.tsx';
import { useMe } from '../shell/use-me.ts';
import { SourcesSection } from './sources-section.tsx';

const section = <Name extends string>(load: () => Promise<{ [name in Name]: ComponentType }>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

interface Section {
  readonly title: string;
  /** What one needs to see it. */
  readonly needs: string;
  readonly content: ComponentType;
}

const SECTIONS: { readonly [name: string]: Section } = {
  sources: { title: 'Sources', needs: 'sources, get', content: SourcesSection },
  tokens: { title: 'Tokens', needs: 'tokens, get', content: section(() => import('./tokens-section.tsx'), 'TokensSection') },
  people: { title: 'People', needs: 'accounts, get', content: section(() => import('./people-section.tsx'), 'PeopleSection') },
  policy: { title: 'Policy', needs: 'accounts, get', content: section(() => import('./policy-section.tsx'), 'PolicySection') },
  'sign-in': {
    title: 'Sign-in',
    needs: 'accounts, get',
    content: section(() => import('./sign-in-section.tsx'), 'SignInSection'),
  },
  notifications: {
    title: 'Notifications',
    needs: 'notifications, get',
    content: section(() => import('./notifications-section.tsx'), 'NotificationsSection'),
  },
  webhook: {
    title: 'Webhook',
    needs: 'sources, get',
    content: section(() => import('./webhook-section.tsx'), 'WebhookSection'),
  },
};

/** What is set for the whole installation. Only the parts that one may see are offered. */
export function SettingsPage() {
  const { section: name } = useParams<{ section?: string }>();
  const me = useMe();
  if (me === undefined)
    return (
      <Page title="Settings">
        <Skeleton />
      </Page>
    );
  const allowed = Object.entries(SECTIONS).filter(([, { needs }]) => me.can[needs] === true);
  const tabs: readonly Tab[] = allowed.map(([key, { title }]) => ({ href: `/settings/${key}`, title }));
  const [first] = tabs;
  const shown = allowed.find(([key]) => key === name)?.[1];
  if (shown === undefined && first !== undefined) return <Redirect to={first.href} replace />;
  if (shown === undefined)
    return <Page title="Settings">You may see none of the settings. Whoever administers this installation can change that.</Page>;
  const Content = shown.content;
  return (
    <Page title="Settings">
      <Tabs label="Settings" tabs={tabs} current={`/settings/${name ?? ''}`} />
      <Suspense fallback={<Skeleton />}>
        <Content />
      </Suspense>
    </Page>
  );
}
