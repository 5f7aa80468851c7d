// The line editor of an interactive shell: with emacs' keys (emacs-keys.ts) or, after `set -o vi`, with vi's
// (vi-keys.ts); history, completion.
//
// Rules: editLine() makes the terminal raw and puts it back before it returns. Its result is valid until the next call.

import { stdout } from '../lib/stream';
import { getTermios, makeRaw, setTermios, Termios } from '../lib/terminal';
import { startHistory } from './edit-history';
import { line, startLine } from './edit-line';
import { editEmacs } from './emacs-keys';
import { Edited } from './ending';
import { endLine } from './screen-line';
import { Option, option } from './state';
import { editVi } from './vi-keys';

export function editedLine(): usize {
  return line.at;
}

/** Reads a line with the terminal on descriptors 0 and 1. */
export function editLine(promptText: usize): i32 {
  const before = changetype<Termios>(memory.data(64, 8));
  const raw = changetype<Termios>(memory.data(64, 8));
  getTermios(0, before);
  getTermios(0, raw);
  makeRaw(raw);
  setTermios(0, raw);
  startHistory();
  startLine(promptText);
  const result = option(Option.vi) ? editVi() : editEmacs();
  // Before the newline is seen: what is typed behind it belongs to the program.
  setTermios(0, before);
  if (result != Edited.ended) endLine(line.at);
  else stdout.newline().flush();
  return result;
}
