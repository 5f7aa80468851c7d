/**
 * This terminal as the guest's serial console: keys go to the guest as they are pressed, and Ctrl-A is the
 * escape, as in QEMU's -nographic: Ctrl-A X ends the machine, Ctrl-A A sends a Ctrl-A, Ctrl-A B a break (Linux's
 * SysRq); Ctrl-A S saves its state.
 *
 * - Call `restore` before the process ends, however it ends, or the user's terminal stays raw.
 */
import process from 'node:process';

export interface TerminalHandlers {
  readonly input: (bytes: Uint8Array) => void;
  readonly quit: () => void;
  /** Ctrl-A B; without it the keys do nothing. */
  readonly sendBreak?: () => void;
  /** Ctrl-A S; without it the keys do nothing. */
  readonly save?: () => void;
}

const ctrlA = 0x01;

/** Splits what was typed into bytes for the guest and commands. `armed`: a Ctrl-A came before. */
export function filterEscape(
  bytes: Uint8Array,
  armed: boolean,
): { send: Uint8Array; armed: boolean; quit: boolean; save: boolean; sendBreak: boolean } {
  const send: number[] = [];
  let pending = armed;
  let save = false;
  let sendBreak = false;
  for (const byte of bytes) {
    if (!pending) {
      if (byte === ctrlA) pending = true;
      else send.push(byte);
      continue;
    }
    pending = false;
    const key = String.fromCharCode(byte).toLowerCase();
    if (key === 'x') return { send: Uint8Array.from(send), armed: false, quit: true, save, sendBreak };
    if (key === 's') save = true;
    if (key === 'b') sendBreak = true;
    if (key === 'a' || byte === ctrlA) send.push(ctrlA);
  }
  return { send: Uint8Array.from(send), armed: pending, quit: false, save, sendBreak };
}

/** Attaches standard input. On a terminal it becomes raw and has the Ctrl-A escape; a pipe is passed as it is. */
export function attachTerminal(handlers: TerminalHandlers): { restore: () => void } {
  const { stdin } = process;
  const interactive = stdin.isTTY;
  let armed = false;
  const receive = (bytes: Buffer): void => {
    if (!interactive) {
      handlers.input(bytes);
      return;
    }
    const result = filterEscape(bytes, armed);
    armed = result.armed;
    if (result.send.length > 0) handlers.input(result.send);
    if (result.sendBreak) handlers.sendBreak?.();
    if (result.save) handlers.save?.();
    if (result.quit) handlers.quit();
  };
  if (interactive) {
    stdin.setRawMode(true);
    process.stderr.write('breenix: the serial console is this terminal; Ctrl-A X ends the machine\r\n');
  }
  stdin.on('data', receive);
  stdin.resume();
  return {
    restore: () => {
      stdin.off('data', receive);
      if (interactive) stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
