import { Page } from '../components/page.tsx';

export function FiguresPage() {
  return <Page title="Figures">{null}</Page>;
}
