import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { postAuth } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/field.tsx';
import { ErrorNote, Note } from '../components/notes.tsx';
import { Page, Panel } from '../components/page.tsx';
import { useMe } from '../shell/use-me.ts';

/**
 * <code>plumb login</code> shows a code and asks to type it here: whoever is signed in lends the command line a token of their own. The code is never taken from
 * the address: a link that somebody sends must not be all it takes.
 */
export function DevicePage() {
  const me = useMe();
  const [userCode, setUserCode] = useState('');
  const approve = useMutation({
    mutationFn: () => postAuth('/auth/device/approve', { userCode: userCode.trim().toUpperCase() }),
  });
  return (
    <Page title="Sign in a command line">
      <Panel title="Is this code in your terminal?">
        <p>
          <code>plumb login</code> shows a code. Continue only if you have started it yourself just now: it will be able to do
          everything that <strong>{me?.name ?? 'you'}</strong> may do.
        </p>
        {approve.isSuccess ? (
          <Note tone="good">Done. The terminal goes on by itself; this page can be closed.</Note>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              approve.mutate();
            }}
          >
            <TextField
              label="Code"
              required
              autoComplete="off"
              spellCheck={false}
              maxLength={20}
              value={userCode}
              onChange={(event) => setUserCode(event.target.value)}
            />
            <p>
              <Button type="submit" tone="primary" busy={approve.isPending}>
                Sign it in
              </Button>
            </p>
          </form>
        )}
        {approve.error === null ? null : <ErrorNote error={approve.error} />}
      </Panel>
    </Page>
  );
}
