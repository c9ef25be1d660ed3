import { Page } from '../components/page.tsx';

export function LedgerPage() {
  return <Page title="Ledger">{null}</Page>;
}
