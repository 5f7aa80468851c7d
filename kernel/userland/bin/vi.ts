// vi: the screen editor. Source: POSIX vi and ex.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { screenEnd, screenStart } from '../lib/full-screen';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandIndex, optionArgument } from '../lib/options';
import { reportText } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { runCommand } from '../vi/command';
import { exCommand, setFiles } from '../vi/ex';
import { loadFile } from '../vi/files';
import { lineCount, startText } from '../vi/lines';
import { exitStatus, finished, firstNonBlank, isError, moveTo, say, setOption } from '../vi/state';

const HELP = `usage: vi [-R] [-c COMMAND] [+N | +/PATTERN | +COMMAND] [FILE...]
Edit the files. :help tells a few commands, :q leaves.
  -R          to read only
  -c COMMAND  begin with this command of ex
`;

export function main(): i32 {
  let command: usize = 0;
  let readOnly = false;
  for (let option = nextOption('Rc:', HELP); option != END; option = nextOption('Rc:', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x52) readOnly = true;
    else command = optionArgument();
  }
  const files = make<List>();
  let plus: usize = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const word = argument(i);
    if (load<u8>(word) == 0x2b && !plus) plus = word;
    else files.append(word);
  }
  setFiles(files);
  startText(make<List>());
  if (!screenStart(true)) {
    reportText('not on a terminal');
    return 1;
  }
  setDisposition(Signal.INT, Disposition.ignore);
  setDisposition(Signal.QUIT, Disposition.ignore);
  if (files.length) loadFile(files.get(0));
  else say('Breenix vi: i inserts, Esc ends that, :w FILE writes, :q leaves, :help');
  if (readOnly) setOption(9, 1);
  if (plus) startAt(plus);
  if (command) exCommand(command);
  while (!finished) runCommand();
  screenEnd();
  return exitStatus;
}

/** +, +N and + with any command of ex. */
function startAt(plus: usize): void {
  if (bytesAre(plus, '+')) {
    const last = lineCount() - 1;
    moveTo(last, firstNonBlank(last));
  } else if (!isError) exCommand(plus + 1);
}
