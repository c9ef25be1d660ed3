import { useQuery } from '@tanstack/react-query';
import type { WebhookSecret } from '../../core/api/views.ts';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { CodeBlock } from '../components/code-block.tsx';
import { Loaded } from '../components/loaded.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';

/** Where Git hosts send push events. The secret is a credential: asking for it is written down. */
export function WebhookSection() {
  const query = useQuery({ queryKey: ['webhook'], queryFn: () => answer(client.webhook.$get()) });
  const mayAsk = useCan('sources, create');
  const ask = useAction<void, WebhookSecret>({ run: () => answer(client.webhook.$post({ json: {} })) });
  return (
    <Panel title="Webhook">
      <p>
        With a webhook a push is live at once; without one it is found within a minute. GitHub, GitLab, Gitea, Bitbucket and a
        plain signed one are understood.
      </p>
      <Loaded query={query}>{({ path }) => <CodeBlock label="address" text={`${location.origin}${path}`} />}</Loaded>
      {ask.data === undefined ? null : <CodeBlock label="secret" text={ask.data.secret} />}
      {mayAsk && ask.data === undefined ? (
        <p>
          <Button busy={ask.isPending} onClick={() => ask.mutate()}>
            Show the secret
          </Button>
        </p>
      ) : null}
      {ask.error === null ? null : <ErrorNote error={ask.error} />}
    </Panel>
  );
}
