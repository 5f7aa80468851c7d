// find: files below directories that an expression selects. The parts are in ../find. Source: POSIX find; -maxdepth
// -mindepth -iname -print0 -delete -empty -quit … as in GNU's and the BSDs'.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { exit } from '../lib/exit';
import { literal } from '../lib/literal';
import { message, suggestHelp } from '../lib/report';
import { stdout } from '../lib/stream';
import { parseExpression } from '../find/expression';
import { finishCommands } from '../find/actions';
import { failed, followAll, followOperands, walkRoot } from '../find/walk';

const HELP = `usage: find [-H|-L|-P] [PATH...] [EXPRESSION]
Go through the files below each PATH (.) and evaluate the expression for each; print the path where it is true.
  -name -iname -path PATTERN  -type [fdlpsbc]  -perm [-/]MODE  -user NAME  -group NAME  -nouser -nogroup
  -size N[ckMG]  -links N  -inum N  -empty  -mtime -atime -ctime N (days)  -mmin -amin -cmin N (minutes)  -newer FILE
  -depth  -maxdepth N  -mindepth N  -xdev  -prune  -quit  -true  -false
  -print  -print0  -ls  -delete  -exec COMMAND {} ;  -exec COMMAND {} +  -ok COMMAND {} ;
  ( E )  ! E  E E  E -a E  E -o E  E , E     N may be N, +N (more) or -N (less)
`;

export function main(): i32 {
  let i = 1;
  for (; i < argumentCount(); i++) {
    const word = argument(i);
    if (bytesAre(word, '--help')) {
      stdout.text(HELP);
      return 0;
    }
    if (bytesAre(word, '-H')) followOperands(true);
    else if (bytesAre(word, '-L')) followAll(true);
    else if (bytesAre(word, '-P')) {
      followAll(false);
      followOperands(false);
    } else if (bytesAre(word, '--')) {
      i++;
      break;
    } else if (load<u8>(word) == 0x2d && load<u8>(word, 1) == 0x3f) {
      message().text("invalid option -- '").byte(load<u8>(word, 1)).text("'").newline();
      suggestHelp();
      return 1;
    } else break;
  }
  const first = i;
  while (i < argumentCount() && !startsExpression(argument(i))) i++;
  parseExpression(i);
  if (i == first) walkRoot(literal('.'));
  for (let k = first; k < i; k++) walkRoot(argument(k));
  const ended = finishCommands();
  stdout.flush();
  exit(failed || !ended ? 1 : 0);
  return 0;
}

function startsExpression(word: usize): bool {
  return (load<u8>(word) == 0x2d && load<u8>(word, 1) != 0) || bytesAre(word, '(') || bytesAre(word, '!');
}
