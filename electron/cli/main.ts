/**
 * The `breenix` command: machines and disk images without a window. Each subcommand is a row of the table below, whose
 * modules are loaded when it is asked for; whatever a
 * user can put right is one line on standard error and exit status 2.
 */
import process from 'node:process';
import { exitStatus } from './exit-status.ts';
import { UsageError } from './usage-error.ts';

interface Command {
  readonly summary: string;
  /** Resolves to the exit status. */
  readonly run: (words: readonly string[]) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  run: {
    summary: 'start a machine whose serial console is this terminal, or run one command in it',
    run: async (words) => (await import('./run.ts')).runCommand(words),
  },
  cp: {
    summary: 'copy files into and out of disk images',
    run: async (words) => (await import('./copy.ts')).copyCommand(words),
  },
  ls: {
    summary: 'list a folder of a disk image',
    run: async (words) => (await import('./list.ts')).listCommand(words),
  },
};

function help(): string {
  const rows = Object.entries(commands).map(([name, command]) => `  ${name.padEnd(10)}${command.summary}`);
  return `Usage: breenix COMMAND [OPTION …]\n\n${rows.join('\n')}\n\n'breenix COMMAND --help' lists a command's options.\n`;
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === '--help' || name === 'help') {
    process.stdout.write(help());
    return exitStatus.success;
  }
  if (name === undefined)
    throw new UsageError("say what to do, for example 'breenix run'; 'breenix help' lists it");
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined)
    throw new UsageError(`unknown command '${name}'; 'breenix help' lists what there is`);
  return command.run(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`breenix: ${error.message}\n`);
    process.exitCode = exitStatus.usage;
  } else {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`breenix: ${text}\n`);
    if (process.env.BREENIX_DEBUG !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = exitStatus.hostError;
  }
}
