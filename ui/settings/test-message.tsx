import { type FormEvent, useId, useState } from 'react';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/field.tsx';
import { ErrorNote, Note } from '../components/notes.tsx';
import { useAction } from '../components/use-action.ts';

/** Sends a test message, and says what the service answered. */
export function TestMessage({ service, onClose }: { readonly service: string; readonly onClose: () => void }) {
  const [recipient, setRecipient] = useState('');
  const form = useId();
  const test = useAction<void, { ok: boolean; problem?: string }>({
    run: () => answer(client.notify.test.$post({ json: { service, recipient: recipient.trim() } })),
    refresh: [['notify']],
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  return (
    <Dialog
      isOpen
      title={`Test ${service}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button tone="primary" type="submit" form={form} busy={test.isPending}>
            Send a test
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <TextField
          label="Recipient"
          hint="A channel, an address, a routing key's name; empty: the one of the settings."
          spellCheck={false}
          value={recipient}
          onChange={(event) => setRecipient(event.target.value)}
        />
      </form>
      {test.data === undefined ? null : test.data.ok ? (
        <Note tone="good">The service has taken the message.</Note>
      ) : (
        <Note tone="bad">It was not taken: {test.data.problem ?? 'the service did not say why'}</Note>
      )}
      {test.error === null ? null : <ErrorNote error={test.error} />}
    </Dialog>
  );
}
