import { Link } from 'wouter';
import { EmptyState } from '../components/notes.tsx';
import { Page } from '../components/page.tsx';

export function NotFoundPage() {
  return (
    <Page title="Nothing here">
      <EmptyState title="There is no such page">
        <p>
          Go to <Link href="/">the fleet</Link>.
        </p>
      </EmptyState>
    </Page>
  );
}
