// less: look at text, page by page, forward and back. Source: POSIX more and less(1) for the commands.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandIndex, optionArgument } from '../lib/options';
import { setChop, setNumbers, setRawColours, setTabWidth } from '../pager/layout';
import { Quit, setIgnoreCase, setNoAlternate, setQuitIfOneScreen, setQuitMode } from '../pager/options';
import { runPager } from '../pager/pager';

const HELP = `usage: less [-eEFiINRSX] [-p PATTERN] [-x N] [+N | +F | +/PATTERN] [FILE...]
Show the files, or standard input, page by page. h shows the commands.
  -e, -E      end at the second, the first end of the file
  -F          only print what fits on one screen
  -i, -I      searches ignore case, -i unless the pattern has capitals
  -N          line numbers
  -p PATTERN  begin at the first match
  -R          show colours
  -S          cut long lines
  -x N        tabs of N columns
  -X          leave the text on the screen
`;

const LETTERS = 'eEFiINp:rRsSXx:';

export function main(): i32 {
  let pattern: usize = 0;
  for (let option = nextOption(LETTERS, HELP); option != END; option = nextOption(LETTERS, HELP)) {
    if (option == BAD) return 2;
    if (option == 0x65) setQuitMode(Quit.atSecondEnd);
    else if (option == 0x45) setQuitMode(Quit.atEnd);
    else if (option == 0x46) setQuitIfOneScreen(true);
    else if (option == 0x69) setIgnoreCase(true, false);
    else if (option == 0x49) setIgnoreCase(true, true);
    else if (option == 0x4e) setNumbers(true);
    else if (option == 0x70) pattern = optionArgument();
    else if (option == 0x52 || option == 0x72) setRawColours(true);
    else if (option == 0x53) setChop(true);
    else if (option == 0x58) setNoAlternate(true);
    else if (option == 0x78 && parseDigits(optionArgument(), 10)) setTabWidth(<i32>parsed());
  }
  const files = make<List>();
  let line = 0;
  let follow = false;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const word = argument(i);
    if (load<u8>(word) == 0x2b) {
      if (bytesAre(word, '+F')) follow = true;
      else if (bytesAre(word, '+G')) line = i32.MAX_VALUE;
      else if (load<u8>(word, 1) == 0x2f) pattern = word + 2;
      else if (parseDigits(word + 1, 10)) line = <i32>parsed();
    } else files.append(bytesAre(word, '-') ? 0 : word);
  }
  return runPager(files, line, pattern, follow);
}
