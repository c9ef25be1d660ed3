import { Component, type ReactNode } from 'react';
import { ErrorNote } from '../components/notes.tsx';

interface Props {
  /** Another key is another try: the path of the page. */
  readonly at: string;
  readonly children: ReactNode;
}

/** A page that fails while it is drawn shows why, and the rest of the dashboard stays. */
export class CrashNote extends Component<Props, { readonly error?: unknown; readonly at: string }> {
  override state: { readonly error?: unknown; readonly at: string } = { at: this.props.at };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { readonly at: string }) {
    return props.at === state.at ? null : { at: props.at, error: undefined };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    // A chunk that is gone: a new version was deployed since the page was loaded.
    return <ErrorNote error={this.state.error} onRetry={() => location.reload()} />;
  }
}
