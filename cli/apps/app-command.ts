import type { Command } from 'commander';
import type { AppView } from '../../core/api/views.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { addConnectionOptions, addExamples, handle, type Outcome, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { nameOf } from './app-state.ts';
import { findApp } from './find-app.ts';

/** How a command on one App is called. */
export interface AppCommand {
  readonly name: string;
  readonly description: string;
  /** Further arguments behind the App, as commander writes them: `[to]`. */
  readonly args?: readonly (readonly [syntax: string, description: string])[];
  readonly examples: readonly (readonly [what: string, line: string])[];
}

/** What a command on one App is given beside its session. */
export interface OneApp {
  readonly api: ApiClient;
  readonly view: AppView;
  /** `cluster/app`. */
  readonly name: string;
  /** For the path of a route. */
  readonly params: { readonly cluster: string; readonly app: string };
}

/** Adds `plumb app <name> <app> …`; an App is named `web` with --cluster, or `eu-1/web`. */
export function defineAppCommand(app: Command, spec: AppCommand): Command {
  const command = app.command(spec.name).description(spec.description).argument('<app>', 'web, or eu-1/web');
  for (const [syntax, description] of spec.args ?? []) command.argument(syntax, description);
  addConnectionOptions(command).option('--cluster <name>', 'which cluster, where several have an App of that name');
  return addExamples(command, spec.examples);
}

/** Connects a command on one App to its handler: connects, and finds the App. The arguments are those behind the App. */
export function handleApp<Flags>(
  command: Command,
  terminal: Terminal,
  handler: (session: Session<Flags>, one: OneApp, args: readonly string[]) => Promise<Outcome>,
): void {
  handle<Flags & { readonly cluster?: string }>(command, terminal, async (session, [name = '', ...args]) => {
    const api = await session.api();
    if (!api.ok) return api;
    const view = await findApp(api.value, { name, cluster: session.flags.cluster });
    if (!view.ok) return view;
    const { cluster, app } = view.value;
    return handler(session, { api: api.value, view: view.value, name: nameOf(view.value), params: { cluster, app } }, args);
  });
}
