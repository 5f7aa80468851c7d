/**
 * The keys behind Ctrl-A on the console of a run, as in QEMU's -nographic where QEMU has one: one table makes what they
 * do and the help.
 */
const ESCAPE = 0x01;

interface KeyRow {
  readonly key: string;
  readonly help: string;
}

const keyTable = {
  help: { key: 'h', help: 'list these keys' },
  quit: { key: 'x', help: 'end the machine' },
  break: { key: 'b', help: "send a break (Linux's SysRq on a serial console)" },
  disc: { key: 'c', help: 'change the CD: asks for an image, and the guest to let the disc go' },
  eject: { key: 'e', help: 'take the CD out, also when the guest holds it' },
  powerButton: { key: 'p', help: 'press the power button' },
  sleepButton: { key: 'z', help: 'press the sleep button' },
  reset: { key: 'r', help: 'reset the machine' },
  save: { key: 's', help: 'save the machine in the file of --save-state' },
} as const satisfies Readonly<Record<string, KeyRow>>;

export type ConsoleCommand = keyof typeof keyTable;

export const consoleCommands = Object.keys(keyTable) as readonly ConsoleCommand[];

const commandOfKey = new Map<string, ConsoleCommand>(
  consoleCommands.map((command) => [keyTable[command].key, command]),
);

/** A line for each of the keys in `commands`, with `newline` between them. */
export function keyHelp(commands: readonly ConsoleCommand[], newline = '\n'): string {
  const row = (key: string, help: string): string => `  Ctrl-A ${key.padEnd(8)}${help}`;
  const rows = commands.map((command) => row(keyTable[command].key.toUpperCase(), keyTable[command].help));
  return [...rows, row('Ctrl-A', 'send a Ctrl-A')].join(newline);
}

export interface TypedInput {
  /** For the guest. */
  readonly send: Uint8Array;
  /** What to do then; null: everything was for the guest. */
  readonly command: ConsoleCommand | null;
  /** What was typed after the command. */
  readonly rest: Uint8Array;
  /** It ends in an escape, whose key is still to come. */
  readonly armed: boolean;
}

/** Takes what was typed up to the first command. `armed`: an escape came before. Other keys after one are dropped. */
export function readTyped(bytes: Uint8Array, armed: boolean): TypedInput {
  const send: number[] = [];
  let pending = armed;
  for (const [at, byte] of bytes.entries()) {
    if (!pending) {
      if (byte === ESCAPE) pending = true;
      else send.push(byte);
      continue;
    }
    pending = false;
    const key = String.fromCharCode(byte).toLowerCase();
    if (key === 'a' || byte === ESCAPE) send.push(ESCAPE);
    const command = commandOfKey.get(key);
    if (command !== undefined)
      return { send: Uint8Array.from(send), command, rest: bytes.slice(at + 1), armed: false };
  }
  return { send: Uint8Array.from(send), command: null, rest: new Uint8Array(0), armed: pending };
}
