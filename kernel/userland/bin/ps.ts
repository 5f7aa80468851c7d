// ps: list processes. Source: POSIX ps; the BSD forms `ps aux`, `ps ax` and --sort as elsewhere.

import { argument } from '../lib/arguments';
import { List } from '../lib/list';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { reportUsage } from '../lib/report';
import { isTerminal } from '../lib/stream';
import { addColumns, columns, standardColumns } from '../ps/columns';
import { bsd, bsdLetters, bsdUser, select, selectPid } from '../ps/selection';
import { hideHeadings, list, makeWide, setSort, wide } from '../ps/table';

const HELP = `usage: ps [-aAdefl] [-p PIDS] [-t TERMINALS] [-u USERS] [-U USERS] [-g SESSIONS] [-G GROUPS] [-o FORMAT]...
       ps [aux] [PID...]
List processes: those of this user on this terminal, or those chosen.
  -A, -e  all    -a  all with a terminal but session leaders    -d  all but session leaders
  -f      with user, parent and arguments    -l  the long form
  -o FORMAT  these columns, with commas: user ruser group rgroup pid ppid pgid sid pcpu pmem vsz rss nice pri
             time etime etimes tty comm args stat s stime lstart nlwp uid gid; NAME=HEADING
  --sort=[-]NAME  by that column    --no-headers  w  wide lines
`;
const LONG =
  'sort=\x01: no-headers=\x02 no-heading=\x02 pid=p: ppid=\x03: user=u: tty=t: format=o: forest=\x04';

export function main(): i32 {
  bsdLetters();
  const letters = 'aAdefg:G:jln:o:p:s:t:u:U:wx';
  let form = 0;
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    let good = true;
    switch (option) {
      case BAD:
        return 1;
      case 0x66:
      case 0x6c:
      case 0x6a:
        form = option;
        break;
      case 0x6f:
        good = addColumns(optionArgument());
        break;
      case 0x77:
        makeWide();
        break;
      case 0x01:
        good = setSort(optionArgument());
        break;
      case 0x02:
        hideHeadings();
        break;
      default:
        good = select(option);
    }
    if (!good) return 1;
  }
  for (let i = operandIndex(); i < operandIndex() + operandCount(); i++) {
    if (!parseDigits(argument(i), 10)) {
      reportUsage('extra operand');
      return 1;
    }
    selectPid(parsed());
  }
  if (!columns.length) addColumns(standardColumns(form));
  if (bsd && form == 0 && !bsdUser && !isTerminal(1)) makeWide();
  return list();
}
