import { Page } from '../components/page.tsx';

export function LedgerEntryPage() {
  return <Page title="Entry">{null}</Page>;
}
