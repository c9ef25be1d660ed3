import { spawn } from 'node:child_process';
import { err, ok, type Result } from '../../core/result.ts';
import type { Settings } from '../connection/settings.ts';
import { EXIT, type Failure, notAsAsked } from '../failure.ts';
import { gitEnvironment } from './git-environment.ts';

/** Where the ledger of a cluster is cloned from. */
function ledgerUrl({ url }: Settings, cluster: string): string {
  return `${url}/ledger/${cluster}.git`;
}

/** The cluster that a clone is of, by the address it was cloned from; undefined when that does not say. */
export async function clusterOfClone(folder: string): Promise<string | undefined> {
  const origin = await runGit(['-C', folder, 'remote', 'get-url', 'origin'], {});
  return origin.ok ? /\/ledger\/(_?[a-z0-9-]+)\.git$/.exec(origin.value.trim())?.[1] : undefined;
}

/** Clones the ledger of a cluster into a folder that does not exist. Fails (3) with what Git says. */
export async function cloneLedger(settings: Settings, cluster: string, folder: string): Promise<Result<string, Failure>> {
  return reached(await runGit(['clone', '--quiet', ledgerUrl(settings, cluster), folder], credentialConfig(settings)));
}

/** Takes what is new into a clone. Fails (3) with what Git says. */
export async function updateClone(settings: Settings, folder: string): Promise<Result<string, Failure>> {
  return reached(await runGit(['-C', folder, 'pull', '--quiet', '--ff-only'], credentialConfig(settings)));
}

/** The id of the newest commit of a clone; undefined when it has none. Fails (1) when the folder is not a repository. */
export async function headOf(folder: string): Promise<Result<string | undefined, Failure>> {
  const repository = await runGit(['-C', folder, 'rev-parse', '--git-dir'], {});
  if (!repository.ok)
    return notAsAsked(`${folder} is not the clone of a ledger`, 'Clone it with `plumb ledger clone <cluster>`.');
  const head = await runGit(['-C', folder, 'rev-parse', '--verify', '--quiet', 'HEAD'], {});
  return ok(head.ok ? head.value.trim() : undefined);
}

/**
 * Settings that Git takes from its environment: the token as a header for this place only. Neither the URL nor the list of processes shows
 * it, and no file keeps it.
 */
function credentialConfig({ url, token, caFile }: Settings): Record<string, string> {
  const config: [string, string][] = [];
  const place = `http.${new URL(url).origin}/`;
  if (token !== undefined) config.push([`${place}.extraHeader`, `Authorization: Bearer ${token}`]);
  if (caFile !== undefined) config.push([`${place}.sslCAInfo`, caFile]);
  // Redirects would carry the header to another place.
  config.push(['http.followRedirects', 'false']);
  const entries = config.flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${i}`, key],
    [`GIT_CONFIG_VALUE_${i}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(config.length), ...Object.fromEntries(entries) };
}

function reached(result: Result<string, string>): Result<string, Failure> {
  if (result.ok) return result;
  return err({
    exit: EXIT.refused,
    code: 'cli.git',
    message: `Git could not read the ledger: ${result.error}`,
    fix: 'Check the name of the cluster (`plumb cluster list`) and the token.',
  });
}

/** Runs `git`; gives its standard output, or the last line that it complained with. */
function runGit(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Result<string, string>> {
  return new Promise((resolve) => {
    const child = spawn('git', args, { env: { ...gitEnvironment(), ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
    child.on('error', (error) => resolve(err(`git cannot be started: ${error.message}`)));
    child.on('close', (code) => {
      const last = Buffer.concat(complaints).toString().trim().split('\n').at(-1) ?? '';
      resolve(code === 0 ? ok(Buffer.concat(out).toString()) : err(last === '' ? `exit code ${code}` : last));
    });
  });
}
