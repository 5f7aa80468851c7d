/**
 * The test's end of a guest's serial line: everything that was received, waiting for text, running commands.
 *
 * - One waiter or command at a time; each looks only at what came after the one before it had its answer.
 */
import { randomBytes } from 'node:crypto';
import { ExecSession } from '../../electron/cli/exec-session.ts';

export interface CommandResult {
  readonly status: number;
  readonly output: string;
}

/** A guest that did not say what was expected; the message ends with what it said last. */
export class GuestTimeoutError extends Error {
  override readonly name = 'GuestTimeoutError';
}

const tailLength = 1500;

/** After so long a guest hangs. Far more than anything takes on a host that is busy with other things. */
export const hangMs = 180_000;

export class SerialConsole {
  /** One char a byte. */
  transcript = '';
  #consumed = 0;
  readonly #send: (bytes: Uint8Array) => void;
  #echo: NodeJS.WritableStream | null = null;
  #listener: ((bytes: Uint8Array) => void) | null = null;
  #gone: string | null = null;
  #onGone: (() => void) | null = null;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /** For the machine's side: bytes that the guest sent. */
  receive(bytes: Uint8Array): void {
    this.transcript += Buffer.from(bytes).toString('latin1');
    this.#echo?.write(bytes);
    this.#listener?.(bytes);
  }

  /** Shows everything that the guest sends from now on. */
  echoTo(stream: NodeJS.WritableStream): void {
    this.#echo = stream;
  }

  /** For the machine's side: nothing more will come. */
  end(why: string): void {
    this.#gone = why;
    this.#onGone?.();
  }

  send(text: string): void {
    this.#send(Buffer.from(text, 'utf8'));
  }

  /** Resolves to the match of `pattern` in what came since the last answer. */
  waitFor(pattern: RegExp, timeoutMs = hangMs): Promise<RegExpExecArray> {
    return this.#wait(`no ${String(pattern)}`, timeoutMs, (resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.transcript.slice(this.#consumed));
        if (match === null) return;
        this.#consumed += match.index + match[0].length;
        resolve(match);
      };
      look();
      return look;
    });
  }

  /** As `waitFor`, but leaves what it found for the next to see. */
  peekFor(pattern: RegExp, timeoutMs = hangMs): Promise<RegExpExecArray> {
    const before = this.#consumed;
    return this.waitFor(pattern, timeoutMs).then((match) => {
      this.#consumed = before;
      return match;
    });
  }

  /** Runs one command line in the guest's shell, from prompt to prompt. */
  run(command: string, timeoutMs = hangMs): Promise<CommandResult> {
    return this.#wait(`no end of '${command}'`, timeoutMs, (resolve) => {
      let output = '';
      const nonce = randomBytes(6).toString('hex');
      const session = new ExecSession(command, nonce, {
        type: (text) => {
          this.#send(Buffer.from(text, 'latin1'));
        },
        output: (text) => {
          output += text;
        },
        finished: (status) => {
          this.#consumed = this.transcript.lastIndexOf(`END-${nonce}:`);
          resolve({ status, output: Buffer.from(output, 'latin1').toString('utf8') });
        },
      });
      session.receive(Buffer.from(this.transcript.slice(this.#consumed), 'latin1'));
      return (bytes) => {
        session.receive(bytes);
      };
    });
  }

  #wait<T>(
    failure: string,
    timeoutMs: number,
    begin: (resolve: (value: T) => void) => (bytes: Uint8Array) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // `begin` may answer before it has returned its listener.
      const progress = { settled: false };
      const finish = (): void => {
        progress.settled = true;
        clearTimeout(timer);
        this.#listener = null;
        this.#onGone = null;
      };
      const fail = (why: string): void => {
        finish();
        const tail = this.transcript.slice(-tailLength);
        reject(new GuestTimeoutError(`${failure} ${why}; the guest said last:\n${tail}`));
      };
      const timer = setTimeout(() => {
        fail(`within ${timeoutMs} ms`);
      }, timeoutMs);
      const listener = begin((value) => {
        finish();
        resolve(value);
      });
      if (progress.settled) return;
      this.#listener = listener;
      this.#onGone = () => {
        fail(`because ${this.#gone ?? 'the guest is gone'}`);
      };
      if (this.#gone !== null) this.#onGone();
    });
  }
}
