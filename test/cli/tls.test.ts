import { createServer } from 'node:https';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createAuthority, createServerCertificate } from '../../devcluster/handle/certificate.ts';
import { runPlumb } from './run-plumb.ts';
import { createTestTerminal, writePrivate } from './test-terminal.ts';

vi.setConfig({ testTimeout: 60_000 });

it('a Worker with a certificate of its own is reached when its authority is named, and refused otherwise', async () => {
  const authority = createAuthority();
  const { certificate, key } = createServerCertificate(authority, ['127.0.0.1']);
  const server = createServer({ cert: certificate, key }, (_request, response) => response.end('{"apps":[]}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { home } = await createTestTerminal();
  await writePrivate(join(home, 'ca.pem'), authority.certificate);
  try {
    expect(await runPlumb(['app', 'list', '--url', url], { home })).toMatchObject({
      code: 3,
      err: expect.stringContaining('--ca-file'),
    });
    expect(await runPlumb(['app', 'list', '--url', url, '--ca-file', 'ca.pem'], { home })).toMatchObject({ code: 0 });
    await writePrivate(join(home, '.plumbline/cli.json'), { url, caFile: '../ca.pem' });
    expect(await runPlumb(['app', 'list'], { home })).toMatchObject({ code: 0 });
    expect(await runPlumb(['app', 'list', '--ca-file', 'none.pem'], { home })).toMatchObject({ code: 2 });
  } finally {
    server.close();
  }
});
