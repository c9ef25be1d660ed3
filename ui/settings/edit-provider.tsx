import { type FormEvent, useId, useState } from 'react';
import type { SignInProvider } from '../../core/api/access.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { splitList } from './split-list.ts';

export interface EditProviderProps {
  /** undefined: a new one. */
  readonly provider: SignInProvider | undefined;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onSave: (provider: SignInProvider) => void;
  readonly onClose: () => void;
}

/** Settings of one provider. A secret that is left empty stays as it is. */
export function EditProvider({ provider, busy, error, onSave, onClose }: EditProviderProps) {
  const form = useId();
  const [kind, setKind] = useState<SignInProvider['kind']>(provider?.kind ?? 'oidc');
  const [draft, setDraft] = useState({
    id: provider?.id ?? '',
    title: provider?.title ?? '',
    issuer: provider?.issuer ?? '',
    clientId: provider?.clientId ?? '',
    clientSecret: '',
    scopes: (provider?.scopes ?? []).join(', '),
    groupsClaim: provider?.groupsClaim ?? '',
    teamDomain: provider?.teamDomain ?? '',
    audience: provider?.audience ?? '',
  });
  const field = (name: keyof typeof draft) => ({
    value: draft[name],
    onChange: (event: { readonly target: { readonly value: string } }) => setDraft({ ...draft, [name]: event.target.value }),
    autoComplete: 'off',
    spellCheck: false,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSave(toProvider(kind, draft));
  };
  return (
    <Dialog
      isOpen
      title={provider === undefined ? 'Add a provider' : `Change ${provider.title}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={form} busy={busy}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send}>
        <SelectField
          label="Kind"
          value={kind}
          disabled={provider !== undefined}
          choices={[
            { value: 'oidc', title: 'OpenID Connect' },
            { value: 'github', title: 'GitHub' },
            { value: 'cloudflare-access', title: 'Cloudflare Access' },
          ]}
          onChange={({ target: { value } }) => setKind(value === 'github' || value === 'cloudflare-access' ? value : 'oidc')}
        />
        <TextField
          label="Id"
          hint="Short, in lower case; it stays."
          required
          pattern="[a-z0-9\-]+"
          maxLength={63}
          readOnly={provider !== undefined}
          {...field('id')}
        />
        <TextField label="Title" hint="On the button: Continue with …" required {...field('title')} />
        {kind === 'oidc' ? (
          <TextField label="Issuer" type="url" required placeholder="https://accounts.example.org" {...field('issuer')} />
        ) : null}
        {kind === 'cloudflare-access' ? (
          <>
            <TextField label="Team domain" required placeholder="your-team.cloudflareaccess.com" {...field('teamDomain')} />
            <TextField label="Audience tag" required {...field('audience')} />
          </>
        ) : (
          <>
            <TextField label="Client id" required {...field('clientId')} />
            <TextField
              label="Client secret"
              type="password"
              hint={
                provider?.hasSecret === true
                  ? 'There is one; leave this empty to keep it.'
                  : 'It is encrypted, and never shown again.'
              }
              {...field('clientSecret')}
              autoComplete="new-password"
            />
            <TextField label="Scopes" hint="Beyond the usual; several with commas." {...field('scopes')} />
          </>
        )}
        {kind === 'github' ? null : (
          <TextField label="Claim of groups" hint="groups, unless your provider calls it otherwise." {...field('groupsClaim')} />
        )}
      </form>
      {error === null || error === undefined ? null : <ErrorNote error={error} />}
    </Dialog>
  );
}

type Draft = {
  readonly [name in
    | 'id'
    | 'title'
    | 'issuer'
    | 'clientId'
    | 'clientSecret'
    | 'scopes'
    | 'groupsClaim'
    | 'teamDomain'
    | 'audience']: string;
};

/** Only what the kind has and what is not empty. */
function toProvider(kind: SignInProvider['kind'], draft: Draft): SignInProvider {
  const { id, title, scopes, ...rest } = draft;
  const names: readonly (keyof typeof rest)[] = {
    oidc: ['issuer', 'clientId', 'clientSecret', 'groupsClaim'] as const,
    github: ['clientId', 'clientSecret'] as const,
    'cloudflare-access': ['teamDomain', 'audience', 'groupsClaim'] as const,
  }[kind];
  const given = names.flatMap((name) => (rest[name].trim() === '' ? [] : [[name, rest[name].trim()] as const]));
  const list = kind === 'cloudflare-access' ? [] : splitList(scopes);
  return {
    id: id.trim(),
    kind,
    title: title.trim(),
    ...Object.fromEntries(given),
    ...(list.length === 0 ? {} : { scopes: list }),
  };
}
