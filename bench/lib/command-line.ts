/**
 * The command line of a benchmark: one table of options makes the parser and the help.
 *
 * - `--help` prints the help and ends the process with 0; what is wrong is one line on standard error that names it and
 *   what to do, and ends the process with 2 before anything is built or measured.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';

export interface OptionRow {
  /** What stands for the value in the help; an option without one is on or off. */
  readonly value?: string;
  readonly byDefault?: string;
  readonly help: string;
}

export interface Synopsis<Name extends string> {
  /** As it is typed, without its options. */
  readonly command: string;
  /** What it measures: one or two lines. */
  readonly purpose: string;
  readonly options: Readonly<Record<Name, OptionRow>>;
  /** Words besides the options, as the help names them, and how many there may be. */
  readonly words?: { readonly names: string; readonly least: number; readonly most: number };
}

const NAME_WIDTH = 22;
const HELP: OptionRow = { help: 'print this' };

/** What is wrong with a command line, for the person who typed it. */
export class WrongWords extends Error {}

export class CommandLine<Name extends string> {
  readonly #synopsis: Synopsis<Name>;
  readonly #values: Readonly<Partial<Record<string, string | boolean>>>;
  readonly words: readonly string[];

  /** @throws {WrongWords} */
  constructor(synopsis: Synopsis<Name>, args: readonly string[]) {
    this.#synopsis = synopsis;
    const { least, most } = synopsis.words ?? { least: 0, most: 0 };
    const rows = Object.entries<OptionRow>({ ...synopsis.options, help: HELP });
    let parsed;
    try {
      parsed = parseArgs({
        args: [...args],
        allowPositionals: most > 0,
        options: Object.fromEntries(
          rows.map(([name, row]) => [
            name,
            { type: row.value === undefined ? 'boolean' : 'string' } as const,
          ]),
        ),
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : String(cause);
      throw new WrongWords(`${String(reason)}; --help lists the options`, { cause });
    }
    this.#values = parsed.values;
    this.words = parsed.positionals;
    if (this.asksForHelp) return;
    if (this.words.length < least) throw new WrongWords(`give ${synopsis.words?.names ?? ''}`);
    if (this.words.length > most)
      throw new WrongWords(`${this.words[most] ?? ''} is one word too many; --help lists them`);
  }

  get asksForHelp(): boolean {
    return this.#values['help'] === true;
  }

  get help(): string {
    const { command, purpose, options, words } = this.#synopsis;
    const rows = Object.entries<OptionRow>({ ...options, help: HELP }).map(([name, row]) => {
      const left = `  --${name}${row.value === undefined ? '' : ` ${row.value}`}`;
      const byDefault = row.byDefault === undefined ? '' : ` (default ${row.byDefault})`;
      return `${left.padEnd(NAME_WIDTH)}${row.help}${byDefault}\n`;
    });
    const usage = `${command} [OPTION …]${words === undefined ? '' : ` ${words.names}`}`;
    return `Usage: ${usage}\n\n${purpose}\n\n${rows.join('')}`;
  }

  flag(name: Name): boolean {
    return this.#values[name] === true;
  }

  /** Its value, the default where it was not given, undefined where there is none. */
  text(name: Name): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : this.#synopsis.options[name].byDefault;
  }

  /** A whole number of at least 1. @throws {WrongWords} */
  count(name: Name): number {
    const text = this.text(name) ?? '';
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value < 1) throw new WrongWords(`--${name} ${text}: give a whole number of at least 1`);
    return value;
  }

  /** Several of `possible` with commas between them; all of them without a value. @throws {WrongWords} */
  some<T extends string>(name: Name, possible: readonly T[]): readonly T[] {
    const text = this.text(name);
    return text === undefined ? possible : text.split(',').map((word) => oneOf(`--${name}`, word, possible));
  }

  /** @throws {WrongWords} */
  one<T extends string>(name: Name, possible: readonly T[]): T {
    return oneOf(`--${name}`, this.text(name) ?? '', possible);
  }
}

/** @throws {WrongWords} when `word` is not one of `possible`. */
export function oneOf<T extends string>(what: string, word: string, possible: readonly T[]): T {
  const found = possible.find((candidate) => candidate === word);
  if (found === undefined) throw new WrongWords(`${what} ${word}: possible are ${possible.join(', ')}`);
  return found;
}

/** What `read` makes of this process's command line; ends the process for help and for what is wrong. */
export function readCommandLine<Name extends string, T>(
  synopsis: Synopsis<Name>,
  read: (line: CommandLine<Name>) => T,
): T {
  try {
    const line = new CommandLine(synopsis, process.argv.slice(2));
    if (!line.asksForHelp) return read(line);
    process.stdout.write(line.help);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof WrongWords)) throw error;
    process.stderr.write(`${synopsis.command}: ${error.message}\n`);
    process.exit(2);
  }
}
