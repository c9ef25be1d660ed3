import { type Command, CommanderError } from 'commander';
import { describeFailure, EXIT } from './failure.ts';
import { createProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/** What the scripts of `plumb completion` call; no command for people. */
const COMPLETE = '__complete';

/** Runs one command of the line; sets the exit code (failure.ts). */
async function main(): Promise<void> {
  const terminal = processTerminal();
  const words = process.argv.slice(2);
  if (words[0] === COMPLETE) {
    const { answerCompletion } = await import('./completion/answer.ts');
    await answerCompletion(words.slice(1), terminal).catch(() => undefined);
    // Whoever pressed Tab does not wait for a connection to close.
    return process.exit(EXIT.ok);
  }
  try {
    const program: Command = await createProgram(words, terminal);
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are thrown too, with 0; everything else is a wrong call, already explained.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    terminal.say(describeFailure({ exit: EXIT.notAsAsked, message }).trimEnd());
    if (terminal.env['PLUMBLINE_DEBUG'] !== undefined && error instanceof Error) terminal.say(error.stack ?? '');
    process.exitCode = EXIT.notAsAsked;
  }
}

await main();
