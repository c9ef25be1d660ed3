import { type FormEvent, useId, useState } from 'react';
import type { TokenCreated } from '../../core/api/access.ts';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { CodeBlock } from '../components/code-block.tsx';
import { Dialog } from '../components/dialog.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { ErrorNote, Note } from '../components/notes.tsx';
import { useAction } from '../components/use-action.ts';
import { splitList } from './split-list.ts';

const DAY_S = 86_400;
const ENDS = [
  { value: String(DAY_S), title: 'in a day' },
  { value: String(30 * DAY_S), title: 'in 30 days' },
  { value: String(90 * DAY_S), title: 'in 90 days' },
  { value: String(365 * DAY_S), title: 'in a year' },
] as const;

/** Makes a token and shows it, once. */
export function AddToken({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [roles, setRoles] = useState('role:readonly');
  const [project, setProject] = useState('');
  const [seconds, setSeconds] = useState(String(30 * DAY_S));
  const form = useId();
  const create = useAction<void, TokenCreated>({
    run: () =>
      answer(
        client.tokens.$post({
          json: {
            name: name.trim(),
            roles: splitList(roles),
            expiresIn: Number(seconds),
            ...(project.trim() === '' ? {} : { project: project.trim() }),
          },
        }),
      ),
    refresh: [['tokens']],
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  if (create.data !== undefined)
    return (
      <Dialog isOpen title={`The token ${create.data.name}`} onClose={onClose} actions={<Button onClick={onClose}>Done</Button>}>
        <Note tone="wait">Copy it now: it is not shown again.</Note>
        <CodeBlock label="token" text={create.data.token} />
      </Dialog>
    );
  return (
    <Dialog
      isOpen
      title="Create a token"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={form} busy={create.isPending}>
            Create
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <TextField
          label="Name"
          hint="What uses it: ci-shop"
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Roles"
          hint="role:readonly, role:admin, or roles of your policy; several with commas. Never more than you may do yourself."
          required
          spellCheck={false}
          value={roles}
          onChange={(event) => setRoles(event.target.value)}
        />
        <TextField
          label="Only in this project"
          hint="Empty: in all."
          value={project}
          onChange={(event) => setProject(event.target.value)}
        />
        <SelectField label="Ends" value={seconds} choices={ENDS} onChange={(event) => setSeconds(event.target.value)} />
      </form>
      {create.error === null ? null : <ErrorNote error={create.error} />}
    </Dialog>
  );
}
