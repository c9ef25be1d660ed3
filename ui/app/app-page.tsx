import { Page } from '../components/page.tsx';

export function AppPage() {
  return <Page title="App">{null}</Page>;
}
