// Where commands come from: a terminal, a file, or lines on descriptor 0; and the loop that reads and runs them.
//
// Rules: a command may take several lines. Lines that do not come from a terminal are read byte by byte, because
// programs that the shell starts read from the same descriptor.

import { Buffer } from '../lib/buffer';
import { getcwd } from '../lib/directory';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { PATH_MAX } from '../lib/path';
import { snprintf } from '../lib/printf';
import { stderr } from '../lib/stream';
import { freeNode } from './ast';
import { editedLine, Edited, editLine } from './editor';
import { execute } from './execute';
import { addHistory } from './history';
import { reportFinished } from './jobs';
import { Parse, parseCommand, parsePosition, parseState } from './parser';
import { readRawLine } from './read';
import { reportSyntax } from './script';
import { interactive, lastStatus, setInterrupted, setLastStatus } from './state';

/** Lines of which no complete command has been made yet. */
const pending = make<Buffer>();
const rawLine = make<Buffer>();
let editing = false;

/** Reads and runs until the input ends; the last status. `terminal`: with prompts and the line editor. */
export function runInput(fd: i32, terminal: bool): i32 {
  editing = terminal;
  pending.clear();
  while (true) {
    reportFinished();
    const got = editing ? readEdited() : readRawLine(fd, rawLine) ? Edited.line : Edited.ended;
    if (got == Edited.ended && !endHere()) break;
    if (got == Edited.abandoned) {
      pending.clear();
      setLastStatus(130);
    }
    if (got != Edited.line) continue;
    pending.bytes(editing ? editedLine() : rawLine.at);
    pending.byte(0x0a);
    if (!runPending()) return lastStatus;
  }
  return lastStatus;
}

/** At the end of the input: false when that is all, true when an unfinished command has been complained about. */
function endHere(): bool {
  if (!pending.length) return false;
  reportSyntax();
  pending.clear();
  return editing;
}

function readEdited(): i32 {
  const got = editLine(pending.length ? literal('> ') : prompt());
  if (got == Edited.line) addHistory(editedLine());
  return got;
}

/** `breenix:CWD# ` */
function prompt(): usize {
  const path = memory.data(4096);
  const text = memory.data(4200);
  const error = getcwd(path, PATH_MAX);
  snprintf(text, 4200, 'breenix:%s# ', error < 0 ? literal('?') : path);
  return text;
}

/** Runs the complete commands among the lines; false when an error ends the shell. */
function runPending(): bool {
  let at = pending.at;
  setInterrupted(false);
  while (load<u8>(at)) {
    const node = parseCommand(at);
    if (parseState() == Parse.incomplete) break;
    if (parseState() == Parse.wrong) {
      reportSyntax();
      pending.clear();
      return interactive;
    }
    at = parsePosition();
    execute(node);
    freeNode(node);
  }
  pending.remove(0, at - pending.at);
  stderr.flush();
  return true;
}
