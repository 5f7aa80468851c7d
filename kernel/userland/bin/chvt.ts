// chvt: show another virtual console. Source: chvt(1); ioctl_console(2), VT_ACTIVATE.

import { argument } from '../lib/arguments';
import { ioctl, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { parseDigits, parsed } from '../lib/number';
import { BAD, onlyOperands, operandCount, operandIndex } from '../lib/options';
import { reportError, reportUsage, reportWord } from '../lib/report';

const HELP = `usage: chvt N
Show virtual console N.
`;

const VT_ACTIVATE: u64 = 0x5606;
const VT_WAITACTIVE: u64 = 0x5607;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 2;
  if (operandCount() != 1) {
    reportUsage('the number of a console');
    return 2;
  }
  if (!parseDigits(argument(operandIndex()), 10)) {
    reportWord('not a number', argument(operandIndex()));
    return 2;
  }
  const device = literal('/dev/tty0');
  const fd = open(device, Open.readOnly | Open.noControllingTerminal);
  let error: i64 = fd;
  if (fd >= 0) error = ioctl(fd, VT_ACTIVATE, parsed());
  if (error >= 0) error = ioctl(fd, VT_WAITACTIVE, parsed());
  if (error < 0) reportError(device, error);
  return error < 0 ? 1 : 0;
}
