import { Page } from '../components/page.tsx';

export function ClustersPage() {
  return <Page title="Clusters">{null}</Page>;
}
