import { type FormEvent, useId, useState } from 'react';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/field.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { useAction } from '../components/use-action.ts';
import { CredentialsFields, NO_CREDENTIALS, toCredentials } from './credentials-fields.tsx';

/** Sets or removes the credentials of a repository, or of all repositories below an address. */
export function CredentialsDialog({ url: known, onClose }: { readonly url: string; readonly onClose: () => void }) {
  const [url, setUrl] = useState(known);
  const [draft, setDraft] = useState(NO_CREDENTIALS);
  const form = useId();
  const set = useAction<void, unknown>({
    run: () => {
      const credentials = toCredentials(draft);
      return answer(
        client.credentials.$put({ json: { url: url.trim(), ...(credentials === undefined ? {} : { credentials }) } }),
      );
    },
    done: () => (draft.kind === 'none' ? 'The credentials are removed.' : 'The credentials are set.'),
    refresh: [['fleet']],
    onDone: onClose,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  return (
    <Dialog
      isOpen
      title="Credentials of a repository"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={form} busy={set.isPending}>
            Set
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <TextField
          label="Repository"
          hint="Any repository that Apps use: Git, Helm or OCI."
          required
          spellCheck={false}
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
        <CredentialsFields draft={draft} onChange={setDraft} />
      </form>
      {set.error === null ? null : <ErrorNote error={set.error} />}
    </Dialog>
  );
}
