import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';
import { answer, client, param } from '../api/client.ts';
import { CodeBlock } from '../components/code-block.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { DiffView } from '../components/diff-view.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Facts, Page, Panel } from '../components/page.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { ledgerPath } from '../shell/paths.ts';
import { subjectOf } from './commit-message.ts';

/** One entry: who decided what and why, and what it changed. */
export function LedgerEntryPage() {
  const { cluster = '', entry = '' } = useParams<{ cluster: string; entry: string }>();
  const query = useQuery({
    queryKey: ['ledger-entry', cluster, entry],
    queryFn: () => answer(client.ledger[':cluster'][':entry'].$get({ param: param({ cluster, entry }) })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Page title={`Entry ${entry.slice(0, 7)}`} actions={<Link href={ledgerPath(cluster)}>Ledger of {cluster}</Link>}>
      <Loaded query={query} lines={10}>
        {({ commit, time, generation, text, files }) => (
          <>
            <Panel title={subjectOf(text)}>
              <Facts
                facts={[
                  [
                    'Commit',
                    <span key="commit">
                      <code>{commit.slice(0, 12)}</code> <CopyButton text={commit} label="Copy the commit" />
                    </span>,
                  ],
                  ['When', <RelativeTime key="time" time={time} />],
                  ['Generation', generation],
                ]}
              />
              <CodeBlock label="commit message" text={text} />
            </Panel>
            {files.length === 0 ? <p>It changed no file: it is a note or a receipt.</p> : null}
            {files.map((file) => (
              <DiffView key={file.path} title={file.path} from={file.from} to={file.to} />
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}
