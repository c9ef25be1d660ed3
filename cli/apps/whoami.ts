import { userInfo } from 'node:os';

/** Who asks, for the ledger: the name on this machine, which the Worker cannot check. */
export function whoami(): string {
  try {
    return userInfo().username.slice(0, 200);
  } catch {
    return 'unknown'; // a user id without a name, as in containers
  }
}
