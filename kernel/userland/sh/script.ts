// Running the commands of a source: of eval and traps, of files.

import { arenaRelease } from '../lib/arena';
import { byteLength } from '../lib/bytes';
import { fatal, setForgiving, shellMessage } from './error';
import { execute } from './execute';
import { complaint, complaintLine, commandArena, Parse, parseCommand, parseState } from './parser';
import { atTerminal, peekByte, popSource, popTo, pushText, sourceMark, END } from './source';
import { lastStatus, leaving, lineNumber, setLastStatus, setLineNumber } from './state';

/** Runs every command of the source on top. `last`: nothing follows in this process. */
export function runSource(last: bool): i32 {
  const mark = sourceMark();
  const forgiving = setForgiving(false);
  const status = runCommands(mark, last);
  setForgiving(forgiving);
  return status;
}

function runCommands(mark: usize, last: bool): i32 {
  let any = false;
  while (!leaving) {
    const node = parseCommand();
    if (parseState() == Parse.ended) {
      arenaRelease(commandArena());
      break;
    }
    if (parseState() == Parse.wrong) {
      reportSyntax();
      popTo(mark);
      fatal(2);
      return 2;
    }
    const arena = commandArena();
    if (node) {
      any = true;
      // A function that is called may itself be defined anew: the arena stays until this command is done.
      execute(node, last && !atTerminal() && atEnd());
    }
    arenaRelease(arena);
  }
  if (!any && !leaving) setLastStatus(0);
  return lastStatus;
}

function atEnd(): bool {
  return peekByte() == END;
}

/** Runs the commands in a byte string, which stays until it returns. */
export function evaluateText(text: usize): i32 {
  const line = lineNumber;
  pushText(text, byteLength(text), line);
  const result = runSource(false);
  popSource();
  setLineNumber(line);
  return result;
}

/** After a parse that did not succeed. */
export function reportSyntax(): void {
  setLineNumber(complaintLine());
  shellMessage().bytes(complaint()).newline();
  setLastStatus(2);
}
