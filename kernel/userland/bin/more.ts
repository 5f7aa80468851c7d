// more: look at text page by page; ends at the end. Source: POSIX more.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandIndex, optionArgument } from '../lib/options';
import { Quit, setAsMore, setIgnoreCase, setQuitIfOneScreen, setQuitMode } from '../pager/options';
import { runPager } from '../pager/pager';

const HELP = `usage: more [-cei] [-p PATTERN] [+N] [FILE...]
Show the files, or standard input, page by page, and end at the end. h shows the commands.
  -i          searches ignore case
  -p PATTERN  begin at the first match
  -c, -e      accepted: every page is painted whole, and the end of the file is the end
`;

const LETTERS = 'ceip:';

export function main(): i32 {
  let pattern: usize = 0;
  setAsMore(true);
  setQuitMode(Quit.atEnd);
  setQuitIfOneScreen(true);
  for (let option = nextOption(LETTERS, HELP); option != END; option = nextOption(LETTERS, HELP)) {
    if (option == BAD) return 2;
    if (option == 0x69) setIgnoreCase(true, true);
    else if (option == 0x70) pattern = optionArgument();
  }
  const files = make<List>();
  let line = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const word = argument(i);
    if (load<u8>(word) == 0x2b && parseDigits(word + 1, 10)) line = <i32>parsed();
    else files.append(bytesAre(word, '-') ? 0 : word);
  }
  return runPager(files, line, pattern, false);
}
