import type { Command } from 'commander';
import type { ApiRoute } from '../../core/api/routes.ts';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addReasonOption, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** Everything that is asked of an App with nothing but a reason. */
type Verb = 'refresh' | 'terminate' | 'reset' | 'unpin' | 'suspend' | 'resume' | 'restore';

interface Meaning {
  readonly description: string;
  /** What is said of `cluster/app` when the Worker has taken it. */
  done(name: string): string;
  readonly examples: readonly (readonly [what: string, line: string])[];
}

const VERBS: { readonly [verb in Verb]: Meaning } = {
  refresh: {
    description: 'look at Git now instead of at the next push or poll',
    done: (name) => `Git is being read for ${name}.`,
    examples: [['after a push to a host without webhooks', 'plumb app refresh web']],
  },
  terminate: {
    description: 'end the sync that runs; it counts as failed, and its hooks are deleted',
    done: (name) => `The sync of ${name} is being ended.`,
    examples: [['stop a sync that waits for ever', 'plumb app terminate web']],
  },
  reset: {
    description: 'let a HelmRelease that has used up its retries begin anew',
    done: (name) => `${name} begins anew.`,
    examples: [['after the cause of the failures was removed outside of Git', 'plumb app reset web']],
  },
  unpin: {
    description: 'end a rollback or pin: back to what Git says now',
    done: (name) => `${name} follows Git again.`,
    examples: [['when the fix is in Git', 'plumb app unpin web -m "fixed by 9c1f2aa"']],
  },
  suspend: {
    description: 'leave the cluster alone: no sync, no healing, no pruning, until it is resumed; reports go on',
    done: (name) => `${name} is suspended. \`plumb app resume ${name}\` ends it.`,
    examples: [['while somebody works by hand', 'plumb app suspend web -m "moving the volume"']],
  },
  resume: {
    description: 'end a suspension: the cluster is brought to what Git says',
    done: (name) => `${name} is resumed.`,
    examples: [['as before', 'plumb app resume web']],
  },
  restore: {
    description: 'bring an App back that a person deleted while Git still defines it',
    done: (name) => `${name} is being brought back.`,
    examples: [['as before', 'plumb app restore web']],
  },
};

/** `plumb app <verb> <app>` for each of the verbs. */
export function defineAppVerbs(app: Command, terminal: Terminal): void {
  // Keys of a record that is written above.
  for (const verb of Object.keys(VERBS) as Verb[]) defineVerb(app, terminal, verb);
}

function defineVerb(app: Command, terminal: Terminal, verb: Verb): void {
  const { description, done, examples } = VERBS[verb];
  const command = addReasonOption(defineAppCommand(app, { name: verb, description, examples }));
  handleApp<{ readonly reason?: string }>(command, terminal, async ({ flags, writer }, { api, name, params }) => {
    const route: `POST /apps/:cluster/:app/${Verb}` & ApiRoute = `POST /apps/:cluster/:app/${verb}`;
    const asked = await api.call(route, { params, body: toWhy(flags) });
    if (!asked.ok) return asked;
    const request = 'id' in asked.value ? { request: asked.value.id } : {};
    await writer.result({ ...params, ...request }, () => printable(`${done(name)}\n`));
    return ok(EXIT.ok);
  });
}
