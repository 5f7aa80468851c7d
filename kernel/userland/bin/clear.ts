// clear: clear the terminal. Source: ECMA-48, CUP and ED; 3 J (the scrollback) is xterm's.

import { BAD, onlyOperands } from '../lib/options';
import { stdout } from '../lib/stream';

const HELP = `usage: clear
Clear the terminal.
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  stdout.text('\x1b[H\x1b[2J\x1b[3J');
  return 0;
}
