/** What a terminal answers when a program asks: status, place of the cursor, attributes, modes, size. Source: ECMA-48, 8.3.35; xterm's control sequences. */
import { Terminal, parameter, QUESTION, GREATER } from './terminal';
import { modeState } from './terminal-modes';

const replyBuffer = memory.data(32);
let replyLength: u32 = 0;

function replyByte(byte: u32): void {
  store<u8>(replyBuffer + replyLength++, <u8>byte);
}

function replyNumber(value: u32): void {
  if (value >= 10) replyNumber(value / 10);
  replyByte(0x30 + (value % 10));
}

/** CSI and what follows it in ASCII. */
function beginReply(text: string): void {
  replyLength = 0;
  replyByte(0x1b);
  replyByte(0x5b);
  for (let i = 0; i < text.length; i++) replyByte(text.charCodeAt(i));
}

function sendReply(t: Terminal, final: u32): void {
  replyByte(final);
  if (t.reply != 0) call_indirect<void>(t.reply, t.console, replyBuffer, replyLength);
}

/** DSR: "ready", or where the cursor is. */
export function reportStatus(t: Terminal): void {
  const what = parameter(t, 0, 0);
  const s = t.screen;
  if (t.marker != 0 && t.marker != QUESTION) return;
  if (what == 5) {
    beginReply('0');
    return sendReply(t, 0x6e);
  }
  if (what != 6) return;
  beginReply(t.marker == QUESTION ? '?' : '');
  replyNumber((s.originMode ? s.row - min(s.row, s.regionTop) : s.row) + 1);
  replyByte(0x3b);
  replyNumber(s.column + 1);
  sendReply(t, 0x52);
}

/** DA: a VT102; the second form, which program and version. */
export function reportAttributes(t: Terminal): void {
  if (parameter(t, 0, 0) != 0) return;
  if (t.marker == GREATER) {
    beginReply('>1;1;0');
    sendReply(t, 0x63);
  } else if (t.marker == 0) {
    beginReply('?6');
    sendReply(t, 0x63);
  }
}

/** DECRQM */
export function reportMode(t: Terminal): void {
  if (t.marker != QUESTION) return;
  const mode = parameter(t, 0, 0);
  beginReply('?');
  replyNumber(mode);
  replyByte(0x3b);
  replyNumber(modeState(t, mode));
  replyByte(0x24);
  sendReply(t, 0x79);
}

/** xterm's window operations: of these, the size in characters is asked for. */
export function windowOperation(t: Terminal): void {
  if (parameter(t, 0, 0) != 18) return;
  beginReply('8;');
  replyNumber(t.screen.rows);
  replyByte(0x3b);
  replyNumber(t.screen.columns);
  sendReply(t, 0x74);
}
