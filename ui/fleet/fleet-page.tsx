import { Page } from '../components/page.tsx';

export function FleetPage() {
  return <Page title="Fleet">{null}</Page>;
}
