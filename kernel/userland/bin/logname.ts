// logname: the name that the user logged in with. Source: POSIX logname, getlogin().

import { close, open, Open, readFully } from '../lib/file';
import { literal } from '../lib/literal';
import { parseDigits, parsed } from '../lib/number';
import { BAD, onlyOperands, operandCount } from '../lib/options';
import { findUser, userName } from '../lib/passwd';
import { getEnvironment } from '../lib/environment';
import { reportText, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: logname
Print the name that you logged in with.
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const name = loginName();
  if (!name) {
    reportText('no login name');
    return 1;
  }
  stdout.bytes(name).newline();
  return 0;
}

/** By the login uid that login(1) set, else what it put into the environment. 0 when nobody logged in. */
function loginName(): usize {
  const fd = open(literal('/proc/self/loginuid'), Open.readOnly);
  const text = memory.data(16);
  const size = fd < 0 ? 0 : readFully(fd, text, 15);
  if (fd >= 0) close(fd);
  if (size > 0) {
    store<u8>(text + <usize>size, 0);
    if (parseDigits(text, 10) && parsed() != 0xffffffff) return userName(<u32>parsed());
    return 0;
  }
  const claimed = getEnvironment(literal('LOGNAME'));
  return claimed && findUser(claimed) ? claimed : 0;
}
