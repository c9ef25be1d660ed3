import { type FormEvent, useId, useState } from 'react';
import { type NotifyService, SERVICE_KINDS } from '../../core/api/notify.ts';
import { SERVICE_SHAPES } from '../../core/notify/service-settings.ts';
import { answer, client, param } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { SelectField, TextArea, TextField } from '../components/field.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { useAction } from '../components/use-action.ts';
import { isServiceKind, type ServiceDraft, toServiceInput, toTexts } from './service-draft.ts';

/** A way out: which settings and secrets there are says its kind. Secrets are written only. */
export function EditService({ service, onClose }: { readonly service: NotifyService | undefined; readonly onClose: () => void }) {
  const form = useId();
  const [draft, setDraft] = useState<ServiceDraft>({
    name: service?.name ?? '',
    kind: service?.kind ?? 'slack',
    settings: toTexts(service?.settings ?? {}),
    secrets: {},
  });
  const shape = SERVICE_SHAPES[draft.kind];
  const save = useAction<void, unknown>({
    run: () =>
      answer(client.notify.services[':name'].$put({ param: param({ name: draft.name.trim() }), json: toServiceInput(draft) })),
    done: () => `${draft.name} is set. Send a test.`,
    refresh: [['notify']],
    onDone: onClose,
  });
  const set = (part: 'settings' | 'secrets', name: string, value: string) =>
    setDraft({ ...draft, [part]: { ...draft[part], [name]: value } });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      isOpen
      title={service === undefined ? 'Add a service' : `Change ${service.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={form} busy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <SelectField
          label="Kind"
          value={draft.kind}
          disabled={service !== undefined}
          choices={SERVICE_KINDS.map((kind) => ({ value: kind, title: kind }))}
          onChange={({ target: { value } }) =>
            isServiceKind(value) && setDraft({ ...draft, kind: value, settings: {}, secrets: {} })
          }
        />
        <TextField
          label="Name"
          hint="What subscriptions call it."
          required
          readOnly={service !== undefined}
          spellCheck={false}
          autoComplete="off"
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.target.value })}
        />
        {Object.entries(shape.settings).map(([name, type]) => {
          const shared = {
            label: name,
            value: draft.settings[name] ?? '',
            required: shape.required.includes(name),
            spellCheck: false,
          };
          const change = (event: { readonly target: { readonly value: string } }) => set('settings', name, event.target.value);
          if (type === 'textMap')
            return <TextArea key={name} {...shared} hint="Name: value, one a line." rows={3} onChange={change} />;
          if (type === 'flag')
            return (
              <SelectField
                key={name}
                label={name}
                value={shared.value}
                choices={[
                  { value: '', title: 'no' },
                  { value: 'true', title: 'yes' },
                ]}
                onChange={change}
              />
            );
          if (typeof type !== 'string')
            return (
              <SelectField
                key={name}
                label={name}
                required={shared.required}
                value={shared.value}
                choices={[{ value: '', title: '–' }, ...type.map((value) => ({ value, title: value }))]}
                onChange={change}
              />
            );
          return (
            <TextField
              key={name}
              {...shared}
              type={type === 'port' ? 'number' : type === 'url' ? 'url' : 'text'}
              onChange={change}
            />
          );
        })}
        {shape.secrets.map((name) => (
          <TextField
            key={name}
            label={`Secret: ${name}`}
            type="password"
            autoComplete="new-password"
            hint={
              service?.hasSecret === true ? 'Leave it empty to keep what is stored.' : 'It is encrypted, and never shown again.'
            }
            value={draft.secrets[name] ?? ''}
            onChange={(event) => set('secrets', name, event.target.value)}
          />
        ))}
      </form>
      {save.error === null ? null : <ErrorNote error={save.error} />}
    </Dialog>
  );
}
