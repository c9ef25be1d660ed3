import { type FormEvent, useId, useState } from 'react';
import type { FleetSource } from '../../core/api/views.ts';
import { answer, client } from '../api/client.ts';
import { useBoard } from '../board/use-board.tsx';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/field.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { useAction } from '../components/use-action.ts';
import { CredentialsFields, NO_CREDENTIALS, toCredentials } from './credentials-fields.tsx';

export function AddSource({ onClose }: { readonly onClose: () => void }) {
  const { state } = useBoard();
  const form = useId();
  const [draft, setDraft] = useState({ url: '', revision: '', path: '', cluster: state?.clusters[0]?.name ?? '' });
  const [credentials, setCredentials] = useState(NO_CREDENTIALS);
  const add = useAction<void, FleetSource>({
    run: () => {
      const given = toCredentials(credentials);
      const { url, revision, path, cluster } = draft;
      return answer(
        client.fleet.$post({
          json: {
            url: url.trim(),
            path: path.trim(),
            cluster: cluster.trim(),
            ...(revision.trim() === '' ? {} : { revision: revision.trim() }),
            ...(given === undefined ? {} : { credentials: given }),
          },
        }),
      );
    },
    done: () => 'The source is added; its Apps appear when it has been read.',
    refresh: [['fleet']],
    onDone: onClose,
  });
  const field = (name: keyof typeof draft) => ({
    value: draft[name],
    onChange: (event: { readonly target: { readonly value: string } }) => setDraft({ ...draft, [name]: event.target.value }),
    autoComplete: 'off',
    spellCheck: false,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Dialog
      isOpen
      title="Add a source"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={form} busy={add.isPending}>
            Add
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <TextField label="Repository" type="url" required placeholder="https://git.example.org/fleet.git" {...field('url')} />
        <TextField
          label="Folder"
          hint="Where the definitions are; empty for the root."
          placeholder="clusters/eu-1"
          {...field('path')}
        />
        <TextField label="Branch, tag or commit" hint="Empty: the branch that the repository names." {...field('revision')} />
        <TextField
          label="Default cluster"
          hint="For Flux objects, and for Applications whose destination is https://kubernetes.default.svc."
          required
          list={`${form}-clusters`}
          {...field('cluster')}
        />
        <datalist id={`${form}-clusters`}>
          {state?.clusters.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <CredentialsFields draft={credentials} onChange={setCredentials} />
      </form>
      {add.error === null ? null : <ErrorNote error={add.error} />}
    </Dialog>
  );
}
