// reboot: start the machine again.

import { literal } from '../lib/literal';
import { BAD, onlyOperands, operandCount } from '../lib/options';
import { Power, power } from '../lib/power';
import { reportError, reportUsage } from '../lib/report';

const HELP = `usage: reboot
Start the machine again.
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 2;
  if (operandCount()) {
    reportUsage('extra operand');
    return 2;
  }
  reportError(literal('the system refused'), power(Power.restart));
  return 1;
}
