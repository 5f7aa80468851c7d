/**
 * This terminal as the guest's serial console: keys go to the guest as they are pressed, but for the commands behind
 * Ctrl-A (console-keys.ts).
 *
 * - Call `restore` before the process ends, however it ends, or the user's terminal stays raw.
 */
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { PassThrough } from 'node:stream';
import { consoleCommands, keyHelp, readTyped, type ConsoleCommand } from './console-keys.ts';

export interface TerminalHandlers {
  readonly input: (bytes: Uint8Array) => void;
  /** By command; a key without one does nothing. What is typed before a promise resolves waits for it. */
  readonly commands: Partial<Record<Exclude<ConsoleCommand, 'help'>, () => void | Promise<void>>>;
}

export interface Terminal {
  /** Asks for a line, which can be edited; null when the person leaves it with Ctrl-C, or the run ends. */
  readonly ask: (question: string) => Promise<string | null>;
  readonly restore: () => void;
}

/** Enter, Ctrl-C and Ctrl-D end a line; what is typed after them is for somebody else. */
const LINE_ENDS: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x03, 0x04]);

/** Attaches standard input. On a terminal it becomes raw and has the Ctrl-A keys; a pipe is passed as it is. */
export function attachTerminal(handlers: TerminalHandlers): Terminal {
  const { stdin } = process;
  const interactive = stdin.isTTY;
  const ended = new AbortController();
  const commands: typeof handlers.commands & { help?: () => void } = {
    ...handlers.commands,
    help: () => {
      process.stderr.write(`\n${keyHelp(consoleCommands.filter((name) => name in commands))}\n`);
    },
  };
  let armed = false;
  /** Takes the letters of a line that is asked for. */
  let line: PassThrough | null = null;
  /** Typed while a command is busy. */
  let held: Buffer | null = null;

  const receive = (bytes: Buffer): void => {
    if (bytes.length === 0 || ended.signal.aborted) return;
    if (!interactive) handlers.input(bytes);
    else if (line !== null) edit(line, bytes);
    else if (held !== null) held = Buffer.concat([held, bytes]);
    else obey(bytes);
  };
  const edit = (into: PassThrough, bytes: Buffer): void => {
    const end = bytes.findIndex((byte) => LINE_ENDS.has(byte)) + 1;
    if (end > 0) line = null;
    into.write(end > 0 ? bytes.subarray(0, end) : bytes);
    if (end > 0) receive(bytes.subarray(end));
  };
  const obey = (bytes: Buffer): void => {
    const typed = readTyped(bytes, armed);
    armed = typed.armed;
    if (typed.send.length > 0) handlers.input(typed.send);
    const done = typed.command === null ? undefined : commands[typed.command]?.();
    if (done !== undefined) {
      held = Buffer.alloc(0);
      void done.then(() => {
        const later = held ?? Buffer.alloc(0);
        held = null;
        receive(later);
      });
    }
    receive(Buffer.from(typed.rest));
  };

  stdin.on('data', receive);
  stdin.resume();
  if (interactive) {
    stdin.setRawMode(true);
    process.stderr.write(
      'breenix: the serial console is this terminal; Ctrl-A X ends the machine, Ctrl-A H lists the keys\n',
    );
  }
  return {
    ask: (question) => {
      const input = new PassThrough();
      line = input;
      return readLine(question, input, ended.signal);
    },
    restore: () => {
      ended.abort();
      stdin.off('data', receive);
      if (interactive) stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

async function readLine(question: string, input: PassThrough, ended: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input, output: process.stderr, terminal: true, historySize: 0 });
  const left = new AbortController();
  for (const event of ['SIGINT', 'close'] as const) {
    lines.once(event, () => {
      left.abort();
    });
  }
  const signal = AbortSignal.any([ended, left.signal]);
  try {
    return await lines.question(question, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('\n');
    return null;
  } finally {
    lines.close();
  }
}
