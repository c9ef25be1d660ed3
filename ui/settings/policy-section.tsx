import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { PolicyView } from '../../core/api/access.ts';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { TextArea, TextField } from '../components/field.tsx';
import { Loaded } from '../components/loaded.tsx';
import { ErrorNote, Note } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';
import styles from './section.module.css';
import { splitList } from './split-list.ts';

/** Argo CD's policy.csv, its default role, and the roles that AppProjects bring from Git. */
export function PolicySection() {
  const query = useQuery({ queryKey: ['policy'], queryFn: () => answer(client.policy.$get()) });
  return <Loaded query={query}>{(policy) => <PolicyForm key={policy.csv} policy={policy} />}</Loaded>;
}

function PolicyForm({ policy }: { readonly policy: PolicyView }) {
  const [csv, setCsv] = useState(policy.csv);
  const [defaultRole, setDefaultRole] = useState(policy.defaultRole);
  const [scopes, setScopes] = useState(policy.scopes.join(', '));
  const mayChange = useCan('accounts, update');
  const save = useAction<void, PolicyView>({
    run: () => answer(client.policy.$put({ json: { csv, defaultRole: defaultRole.trim(), scopes: splitList(scopes) } })),
    done: ({ problems }) =>
      problems.length === 0 ? 'The policy is in force.' : `The policy is in force, but ${problems.length} lines grant nothing.`,
    refresh: [['policy'], ['me']],
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const problems = save.data?.problems ?? policy.problems;
  return (
    <>
      <Panel title="Policy">
        {problems.map(({ line, message }) => (
          <Note key={`${line} ${message}`} tone="bad">
            <strong>Line {line}</strong> grants nothing: {message}
          </Note>
        ))}
        <form className={styles.stack} onSubmit={send}>
          <TextArea
            label="policy.csv"
            hint={
              <>
                As Argo CD has it: <code>p, role:ops, applications, sync, shop/*, allow</code> and{' '}
                <code>g, your-group, role:ops</code>. Deny wins.
              </>
            }
            rows={14}
            spellCheck={false}
            readOnly={!mayChange}
            value={csv}
            onChange={(event) => setCsv(event.target.value)}
          />
          <div className={styles.form}>
            <TextField
              label="Default role"
              hint="What everybody has who is signed in; empty: nothing."
              spellCheck={false}
              readOnly={!mayChange}
              value={defaultRole}
              onChange={(event) => setDefaultRole(event.target.value)}
            />
            <TextField
              label="Claims that hold groups"
              hint="groups, unless your provider calls them otherwise."
              spellCheck={false}
              readOnly={!mayChange}
              value={scopes}
              onChange={(event) => setScopes(event.target.value)}
            />
          </div>
          {save.error === null ? null : <ErrorNote error={save.error} />}
          {mayChange ? (
            <div className={styles.row}>
              <Button type="submit" tone="primary" busy={save.isPending}>
                Put in force
              </Button>
            </div>
          ) : null}
        </form>
      </Panel>
      {policy.projectRoles.length === 0 ? null : (
        <Panel title="Roles of projects, from Git">
          <Table
            caption="Roles of projects"
            rows={policy.projectRoles}
            rowKey={({ project, role }) => `${project}/${role}`}
            columns={[
              { id: 'role', title: 'Role', cell: ({ project, role }) => <code>{`proj:${project}:${role}`}</code> },
              {
                id: 'policies',
                title: 'Policies',
                cell: ({ policies }) =>
                  policies.map((line) => (
                    <div key={line}>
                      <code>{line}</code>
                    </div>
                  )),
              },
            ]}
          />
        </Panel>
      )}
    </>
  );
}
