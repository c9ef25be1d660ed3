import type { CredentialsInput } from '../../core/api/routes.ts';
import { SelectField, TextField } from '../components/field.tsx';

/** What has been typed so far; `none` is a repository that everybody may read. */
export interface CredentialsDraft {
  readonly kind: 'none' | 'basic' | 'bearer';
  readonly username: string;
  readonly secret: string;
}

export const NO_CREDENTIALS: CredentialsDraft = { kind: 'none', username: '', secret: '' };

/** The credentials as the API takes them; undefined for none. */
export function toCredentials({ kind, username, secret }: CredentialsDraft): CredentialsInput | undefined {
  if (kind === 'none') return undefined;
  return kind === 'basic' ? { kind, username, password: secret } : { kind, token: secret };
}

export function CredentialsFields({
  draft,
  onChange,
}: {
  readonly draft: CredentialsDraft;
  readonly onChange: (draft: CredentialsDraft) => void;
}) {
  return (
    <>
      <SelectField
        label="Credentials"
        hint="They are encrypted, and never shown again."
        value={draft.kind}
        choices={[
          { value: 'none', title: 'none: everybody may read it' },
          { value: 'basic', title: 'user name and password or token' },
          { value: 'bearer', title: 'bearer token' },
        ]}
        onChange={({ target: { value } }) =>
          onChange({ ...draft, kind: value === 'basic' || value === 'bearer' ? value : 'none' })
        }
      />
      {draft.kind === 'basic' ? (
        <TextField
          label="User name"
          required
          autoComplete="off"
          value={draft.username}
          onChange={(event) => onChange({ ...draft, username: event.target.value })}
        />
      ) : null}
      {draft.kind === 'none' ? null : (
        <TextField
          label={draft.kind === 'basic' ? 'Password or token' : 'Token'}
          type="password"
          required
          autoComplete="new-password"
          value={draft.secret}
          onChange={(event) => onChange({ ...draft, secret: event.target.value })}
        />
      )}
    </>
  );
}
