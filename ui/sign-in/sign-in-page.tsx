import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { SignInOptions } from '../../core/api/access.ts';
import { asApiProblem } from '../api/api-problem.ts';
import { getAuth, postAuth } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/field.tsx';
import { ErrorNote, Note } from '../components/notes.tsx';
import { useTitle } from '../components/page.tsx';
import { toReturnPath } from '../shell/return-path.ts';
import styles from './sign-in-page.module.css';
import { describeSignInProblem, takeTokenFromFragment } from './sign-in-words.ts';

/** How to get in: providers, a token, or the one-time code of the first administrator. */
export function SignInPage() {
  useTitle('Sign in');
  const [search] = useSearchParams();
  const back = toReturnPath(search.get('return'));
  const options = useQuery({ queryKey: ['sign-in-options'], queryFn: () => getAuth<SignInOptions>('/auth/providers') });
  const failed = describeSignInProblem(search.get('problem'));
  return (
    <main className={styles.main}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <svg viewBox="0 0 24 24" width="40" height="40" aria-hidden="true">
            <path d="M12 1v10" stroke="currentColor" strokeWidth="1.4" fill="none" opacity="0.6" />
            <path d="M12 23 7.5 14.5 9 10.5h6l1.5 4z" fill="var(--brass)" />
          </svg>
          <h1>Sign in to Plumbline</h1>
        </div>
        {failed === undefined ? null : <Note tone="bad">{failed}</Note>}
        {options.data?.needsFirstAdmin === true ? <FirstAdmin back={back} /> : null}
        {(options.data?.providers ?? []).length === 0 ? null : (
          <div className={styles.providers}>
            {options.data?.providers.map(({ id, title }) => (
              <a
                key={id}
                className={styles.provider}
                href={`/auth/login/${encodeURIComponent(id)}?return=${encodeURIComponent(back)}`}
              >
                Continue with {title}
              </a>
            ))}
          </div>
        )}
        <TokenForm back={back} />
      </div>
    </main>
  );
}

function TokenForm({ back }: { readonly back: string }) {
  // A link of `npm start` carries the token behind `#`, where no server sees it. Signing in still takes a click: a link alone signs nobody in.
  const [token, setToken] = useState(takeTokenFromFragment);
  const button = useRef<HTMLButtonElement>(null);
  const isGiven = useRef(token !== '');
  useEffect(() => {
    if (isGiven.current) button.current?.focus();
  }, []);
  return (
    <AuthForm path="/auth/token" body={() => ({ token: token.trim() })} back={back}>
      {(isBusy) => (
        <>
          <TextField
            label="API token"
            type="password"
            autoComplete="current-password"
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
            hint={
              <>
                Yours (Settings → Tokens, or <code>plumb token create</code>), or the operator’s.
              </>
            }
          />
          <Button ref={button} tone="primary" type="submit" busy={isBusy}>
            Sign in with the token
          </Button>
        </>
      )}
    </AuthForm>
  );
}

function FirstAdmin({ back }: { readonly back: string }) {
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  return (
    <section className={styles.first}>
      <h2>Become the first administrator</h2>
      <p>
        Nobody administers this installation yet. <code>plumb serve</code> printed a code that works once.
      </p>
      <AuthForm path="/auth/first-admin" body={() => ({ code: code.trim(), name: name.trim() })} back={back}>
        {(isBusy) => (
          <>
            <TextField
              label="Your name"
              autoComplete="name"
              required
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
            <TextField
              label="One-time code"
              autoComplete="one-time-code"
              required
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
            <Button type="submit" busy={isBusy}>
              Become administrator
            </Button>
          </>
        )}
      </AuthForm>
    </section>
  );
}

interface AuthFormProps {
  readonly path: string;
  readonly body: () => object;
  readonly back: string;
  readonly children: (isBusy: boolean) => ReactNode;
}

/** Sends, and goes where one wanted to go; the page is loaded anew, so that nothing of another session is left in it. */
function AuthForm({ path, body, back, children }: AuthFormProps) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await postAuth(path, body());
      location.assign(back);
    } catch (caught) {
      setError(asApiProblem(caught));
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)}>
      {children(isBusy)}
      {error === undefined ? null : <ErrorNote error={error} />}
    </form>
  );
}
