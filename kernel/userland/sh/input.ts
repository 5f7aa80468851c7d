// The interactive shell: prompts, the line editor, and the loop that reads and runs.

import { arenaRelease } from '../lib/arena';
import { isTerminal, stderr, stdout } from '../lib/stream';
import { editedLine, editLine } from './editor';
import { Edited } from './ending';
import { execute } from './execute';
import { addHistory } from './history';
import { reportFinished } from './jobs';
import { exitShell } from './leave';
import { commandArena, continues, Parse, parseCommand, parseState } from './parser';
import { promptText } from './prompt';
import { readRawLine } from './read-line';
import { reportSyntax } from './script';
import { dropLine, popTo, reopenTerminal, setTerminalReader, sourceMark, typed } from './source';
import {
  lastStatus,
  Leaving,
  leaving,
  Option,
  option,
  setCallDepth,
  setLastStatus,
  setLeaving,
  setLoopDepth,
  setTested,
} from './state';
import { hasStoppedJobs } from './jobs';
import { clearInterrupted } from './traps';
import { stackMark, stackRelease } from './stack';

/** ^C while a command is being entered: it is dropped. */
let abandoned = false;
let editing = false;

/** Gives the source a line. */
function readLine(): bool {
  const mark = stackMark();
  if (!continues) reportFinished();
  clearInterrupted();
  const prompt = promptText(continues);
  stackRelease(mark);
  typed.clear();
  abandoned = false;
  if (!editing) {
    stderr.bytes(prompt).flush();
    return readRawLine(0, typed);
  }
  const got = editLine(prompt);
  if (got == Edited.ended) return false;
  if (got == Edited.abandoned) {
    abandoned = true;
    setLastStatus(130);
    return false;
  }
  typed.bytes(editedLine());
  addHistory(typed.at);
  typed.byte(0x0a);
  return true;
}

/** Reads and runs until the input ends. */
export function runTerminal(): void {
  editing = isTerminal(0) && isTerminal(1);
  setTerminalReader(readLine);
  const mark = sourceMark();
  let ends = 0;
  while (true) {
    setLeaving(Leaving.nothing, 0);
    setLoopDepth(0);
    setCallDepth(0);
    setTested(0);
    reopenTerminal();
    const node = parseCommand();
    const state = parseState();
    if (abandoned) {
      abandoned = false;
      popTo(mark);
      if (state != Parse.wrong) arenaRelease(commandArena());
      continue;
    }
    if (state == Parse.wrong) {
      reportSyntax();
      popTo(mark);
      dropLine();
      continue;
    }
    const arena = commandArena();
    if (state == Parse.ended) {
      arenaRelease(arena);
      if (option(Option.ignoreeof) && ++ends < 50) {
        stdout.text('Use "exit" to leave the shell.\n').flush();
        continue;
      }
      if (hasStoppedJobs() && ++ends < 2) {
        stderr.text('There are stopped jobs.\n');
        continue;
      }
      break;
    }
    if (node) ends = 0;
    execute(node, false);
    stderr.flush();
    arenaRelease(arena);
    if (leaving == Leaving.toPrompt) {
      popTo(mark);
      dropLine();
    }
  }
  if (editing) stdout.text('exit\n');
  exitShell(lastStatus);
}
