import { type FormEvent, useId, useState } from 'react';
import type { ClusterAdded } from '../../core/api/views.ts';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/field.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { useAction } from '../components/use-action.ts';
import { InstallCommand } from './install-command.tsx';

/** Registers a cluster and shows the one command that connects it. */
export function AddCluster({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const form = useId();
  const add = useAction<string, ClusterAdded>({
    run: (cluster) => answer(client.clusters.$post({ json: { name: cluster } })),
    refresh: [['clusters']],
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(name.trim());
  };
  if (add.data !== undefined)
    return (
      <Dialog isOpen title={`Connect ${add.data.name}`} onClose={onClose} actions={<Button onClick={onClose}>Done</Button>}>
        <InstallCommand added={add.data} />
      </Dialog>
    );
  return (
    <Dialog
      isOpen
      title="Add a cluster"
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
        <TextField
          label="Name"
          hint="Lower-case letters, digits and dashes: eu-1"
          required
          pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
          maxLength={63}
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </form>
      {add.error === null ? null : <ErrorNote error={add.error} />}
    </Dialog>
  );
}
