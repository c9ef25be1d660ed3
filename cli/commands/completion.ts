import { Argument, type Command } from 'commander';
import { ok } from '../../core/result.ts';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import { EXIT } from '../failure.ts';
import { addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb completion <shell>`: prints the script that makes a shell complete commands, options, Apps and clusters. */
export function defineCompletion(program: Command, terminal: Terminal): void {
  const command = program
    .command('completion')
    .description('print the script that lets a shell complete commands, options, Apps and clusters')
    .addArgument(new Argument('<shell>', 'which one').choices([...SHELLS]));
  addExamples(command, [
    ['in ~/.bashrc', 'source <(plumb completion bash)'],
    ['in ~/.zshrc', 'source <(plumb completion zsh)'],
    ['in ~/.config/fish/config.fish', 'plumb completion fish | source'],
  ]);
  handle(command, terminal, async (_session, [shell]) => {
    terminal.out(completionScript(shell as Shell)); // commander lets only these through
    return ok(EXIT.ok);
  });
}
