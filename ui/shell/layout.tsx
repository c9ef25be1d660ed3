import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { postAuth } from '../api/client.ts';
import { useBoard } from '../board/use-board.tsx';
import { Button } from '../components/button.tsx';
import { Menu } from '../components/menu.tsx';
import { useCurrentInView } from '../components/use-current-in-view.ts';
import styles from './layout.module.css';
import { applyTheme, recallTheme, THEMES } from './theme.ts';
import { useMe } from './use-me.ts';

const PLACES = [
  { href: '/', title: 'Fleet', also: '/apps' },
  { href: '/clusters', title: 'Clusters' },
  { href: '/activity', title: 'Activity' },
  { href: '/ledger', title: 'Ledger' },
  { href: '/figures', title: 'Figures' },
  { href: '/settings', title: 'Settings' },
] as const;

/** What is around every page: brand, navigation, whether the page is live, theme and account. */
export function Layout({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const places = useCurrentInView<HTMLElement>(path);
  const place = path.split('/')[1] ?? '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about the step itself
  useEffect(() => {
    // After a step to another part, readers of the page begin at its content, as after loading a page.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [place]);
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <header className={styles.bar}>
        <Link href="/" className={styles.brand ?? ''}>
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d="M12 1v10" stroke="currentColor" strokeWidth="1.6" fill="none" opacity="0.6" />
            <path d="M12 23 7.5 14.5 9 10.5h6l1.5 4z" fill="var(--brass)" />
          </svg>
          Plumbline
        </Link>
        <nav ref={places} className={styles.places} aria-label="Main">
          {PLACES.map(({ href, title, ...rest }) => (
            <Link
              key={href}
              href={href}
              className={styles.place ?? ''}
              aria-current={isHere(path, [href, 'also' in rest ? rest.also : href]) ? 'page' : undefined}
            >
              {title}
            </Link>
          ))}
        </nav>
        <div className={styles.tools}>
          <Live />
          <ThemeSwitch />
          <Account />
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </>
  );
}

function isHere(path: string, places: readonly string[]): boolean {
  return places.some((href) => (href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)));
}

function Live() {
  const { live, state } = useBoard();
  const isLive = live === 'open';
  const text = isLive ? 'Live' : state === undefined ? 'Connecting' : 'Reconnecting';
  return (
    <span
      className={styles.live}
      data-live={isLive}
      role="status"
      title={isLive ? 'Changes appear as they happen' : 'The page shows what it knew last'}
    >
      {text}
    </span>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(recallTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  const Icon = { system: Monitor, light: Sun, dark: Moon }[theme];
  const change = () => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <Button tone="quiet" small onClick={change} aria-label={`Theme: ${theme}. Change to ${next}`} title={`Theme: ${theme}`}>
      <Icon size={17} aria-hidden />
    </Button>
  );
}

function Account() {
  const me = useMe();
  const signOut = () => void postAuth('/auth/logout', {}).finally(() => location.assign('/sign-in'));
  if (me === undefined) return null;
  return (
    <Menu
      label="Account"
      trigger={
        <Button tone="quiet" small aria-label={`Account of ${me.name}`} title={me.email ?? me.name}>
          <UserRound size={17} aria-hidden />
          <span className={styles.name}>{me.name}</span>
        </Button>
      }
      items={[
        {
          id: 'sign-out',
          title: (
            <>
              <LogOut size={15} aria-hidden /> Sign out
            </>
          ),
          onSelect: signOut,
        },
      ]}
    />
  );
}
