/**
 * Runs one command in a guest's shell over its serial line and gives back its output and status, as a person
 * at the terminal would: wait for the prompt, type, read.
 *
 * - Feed every byte of the serial line to `receive`, from power-on. A machine that was saved may have printed its prompt
 *   before that: press Enter, and its shell prints another.
 * - The command runs as `sh -c 'COMMAND'`, so that `exit`, comments and `&` in it mean what they say.
 * - The output lies between two lines that only the shell's `echo` can print: they are typed in two quoted
 *   halves, so that the echo of what was typed is never taken for them.
 */

/** Bytes as a string of char codes 0 to 255: regular expressions work on it and no byte is lost. */
type ByteString = string;

type Phase = 'waiting-for-prompt' | 'waiting-for-output' | 'in-output' | 'finished';

export interface ExecSessionHandlers {
  /** Types on the serial line. */
  readonly type: (text: ByteString) => void;
  /** The command's output, as it comes, with the terminal's CR LF turned back to LF. */
  readonly output: (text: ByteString) => void;
  readonly finished: (status: number) => void;
}

// The prompt of docs/internals/contracts.md. A line of the kernel's log may follow it: it comes when it wants.
const promptLine = /(?:^|[\r\n])breenix:[^\r\n#]*# /;
// ECMA-48 control sequences, and the two-byte escapes.
// eslint-disable-next-line no-control-regex -- ESC is what such a sequence begins with
const controlSequence = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])/g;

/** As much of the end of the stream as a prompt can need; older text is dropped while waiting for it. */
const promptWindow = 4096;

function quoteForShell(command: string): string {
  return `'${command.replaceAll("'", `'\\''`)}'`;
}

export class ExecSession {
  readonly #handlers: ExecSessionHandlers;
  readonly #typed: string;
  readonly #beginLine: RegExp;
  readonly #endMarker: string;
  #phase: Phase = 'waiting-for-prompt';
  #pending: ByteString = '';

  /** `nonce` is letters and digits that nothing else in the session prints. */
  constructor(command: string, nonce: string, handlers: ExecSessionHandlers) {
    if (/[\r\n]/.test(command)) {
      throw new RangeError('the command must be one line; join commands with ;');
    }
    this.#handlers = handlers;
    const bytes = Buffer.from(command, 'utf8').toString('latin1');
    this.#typed = `echo "BEG"IN-${nonce}; sh -c ${quoteForShell(bytes)}; echo "EN"D-${nonce}:$?:\r`;
    this.#beginLine = new RegExp(`BEGIN-${nonce}\\r?\\n`);
    this.#endMarker = `END-${nonce}:`;
  }

  receive(bytes: Uint8Array): void {
    if (this.#phase === 'finished') return;
    this.#pending += Buffer.from(bytes).toString('latin1');
    if (this.#phase === 'waiting-for-prompt') this.#lookForPrompt();
    if (this.#phase === 'waiting-for-output') this.#lookForBegin();
    if (this.#phase === 'in-output') this.#passOutput();
  }

  /** The guest is gone: passes on what was held back for the end marker that will not come. */
  end(): void {
    if (this.#phase === 'in-output') this.#pass(this.#pending);
    this.#pending = '';
    this.#phase = 'finished';
  }

  #lookForPrompt(): void {
    this.#pending = this.#pending.slice(-promptWindow);
    if (!promptLine.test(this.#pending.replace(controlSequence, ''))) return;
    this.#pending = '';
    this.#phase = 'waiting-for-output';
    this.#handlers.type(this.#typed);
  }

  #lookForBegin(): void {
    const begin = this.#beginLine.exec(this.#pending);
    if (begin === null) return;
    this.#pending = this.#pending.slice(begin.index + begin[0].length);
    this.#phase = 'in-output';
  }

  #passOutput(): void {
    const end = this.#pending.indexOf(this.#endMarker);
    if (end < 0) {
      // The marker may have begun at the end of what has come, or a CR whose LF is still on its way.
      const safe = this.#pending.length - this.#endMarker.length - 1;
      if (safe <= 0) return;
      const cut = this.#pending[safe - 1] === '\r' ? safe - 1 : safe;
      this.#pass(this.#pending.slice(0, cut));
      this.#pending = this.#pending.slice(cut);
      return;
    }
    const status = /^(\d+):/.exec(this.#pending.slice(end + this.#endMarker.length));
    if (status === null) return;
    this.#pass(this.#pending.slice(0, end));
    this.#pending = '';
    this.#phase = 'finished';
    this.#handlers.finished(Number(status[1]));
  }

  #pass(text: ByteString): void {
    if (text.length > 0) this.#handlers.output(text.replaceAll('\r\n', '\n'));
  }
}
