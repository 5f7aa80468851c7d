// resize: ask the terminal how large it is, and tell the system. A serial line knows of no size: without this a line
// that is longer than 80 columns is edited wrongly on a wider terminal. As in other systems (xterm, busybox).

import { Buffer } from '../lib/buffer';
import { close, open, Open, read, writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { parsed, scanDigits } from '../lib/number';
import { BAD, onlyOperands, operandCount } from '../lib/options';
import { Poll, pollOne } from '../lib/poll';
import { printf } from '../lib/printf';
import { message, reportError, reportUsage } from '../lib/report';
import { getTermios, makeRaw, setTerminalSize, setTermios, setTermiosFlush, Termios } from '../lib/terminal';

const HELP = `usage: resize
Ask the terminal for its size, set it, and print commands that set COLUMNS and LINES: eval "$(resize)".
`;
/** Where the cursor is when it is sent far to the right and down: DECSC, CUP, DSR 6, DECRC (ECMA-48, VT100). */
const QUESTION = '\x1b7\x1b[r\x1b[999;999H\x1b[6n\x1b8';
/** For a byte of the answer; a line of 300 baud takes a tenth of it for one. */
const PATIENCE_MS = 2000;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const terminal = open(literal('/dev/tty'), Open.readWrite | Open.closeOnExec);
  if (terminal < 0) {
    reportError(literal('/dev/tty'), terminal);
    return 1;
  }
  const before = changetype<Termios>(memory.data(64, 8));
  const raw = changetype<Termios>(memory.data(64, 8));
  getTermios(terminal, before);
  getTermios(terminal, raw);
  makeRaw(raw);
  setTermiosFlush(terminal, raw);
  writeFully(terminal, literal(QUESTION), QUESTION.length);
  const answered = readAnswer(terminal);
  setTermios(terminal, before);
  if (!answered) {
    message().text('the terminal does not tell its size').newline();
    return 1;
  }
  const error = setTerminalSize(terminal, rows, columns);
  close(terminal);
  if (error < 0) {
    reportError(literal('/dev/tty'), error);
    return 1;
  }
  printf('COLUMNS=%d;\nLINES=%d;\nexport COLUMNS LINES;\n', columns, rows);
  return 0;
}

let rows: i32 = 0;
let columns: i32 = 0;

/** CSI rows ; columns R. What comes before it was typed, and is lost. */
function readAnswer(terminal: i32): bool {
  const answer = make<Buffer>();
  const byte = memory.data(1);
  answer.clear();
  while (pollOne(terminal, Poll.input, PATIENCE_MS) > 0 && read(terminal, byte, 1) == 1) {
    const got = load<u8>(byte);
    if (got == 0x1b) answer.clear();
    else if (got == 0x52 && load<u8>(answer.at) == 0x5b) return parseAnswer(answer.at + 1);
    else if (answer.length < 32) answer.byte(got);
  }
  return false;
}

function parseAnswer(at: usize): bool {
  const MOST: i64 = 65535;
  const semicolon = scanDigits(at);
  rows = <i32>min<i64>(parsed(), MOST);
  if (load<u8>(semicolon) != 0x3b) return false;
  const end = scanDigits(semicolon + 1);
  columns = <i32>min<i64>(parsed(), MOST);
  return !load<u8>(end) && rows > 0 && columns > 0;
}
