/** The Git host of the tests is the demo's: the real `git http-backend`, with faults on request. */
import { createGitServer, type GitServer, type GitServerOptions } from '../../cli/git-server/git-server.ts';

/** Starts a Git host on an ephemeral port with one repository, `fleet`, that has no commit yet. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const server = await createGitServer(options);
  await server.createRepository('fleet');
  return server;
}
