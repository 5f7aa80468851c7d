// poweroff: turn the machine off.

import { literal } from '../lib/literal';
import { BAD, onlyOperands, operandCount } from '../lib/options';
import { Power, power } from '../lib/power';
import { reportError, reportUsage } from '../lib/report';

const HELP = `usage: poweroff
Turn the machine off.
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 2;
  if (operandCount()) {
    reportUsage('extra operand');
    return 2;
  }
  reportError(literal('the system refused'), power(Power.off));
  return 1;
}
