import { Page } from '../components/page.tsx';

export function ClusterPage() {
  return <Page title="Cluster">{null}</Page>;
}
