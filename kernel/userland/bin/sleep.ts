// sleep: wait. Source: POSIX sleep, with fractions and the suffixes s, m, h, d.

import { argument, argumentCount } from '../lib/arguments';
import { literal } from '../lib/literal';
import { parsed, parseDuration } from '../lib/number';
import { BAD, onlyOperands, operandCount, operandIndex } from '../lib/options';
import { reportError, reportUsage, reportWord } from '../lib/report';
import { sleepNs } from '../lib/time';

const HELP = `usage: sleep TIME[smhd]...
Wait for the sum of the times: seconds, or minutes (m), hours (h), days (d). Fractions are allowed.
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  let total: i64 = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    if (!parseDuration(argument(i))) {
      reportWord('invalid time', argument(i));
      return 1;
    }
    total += parsed();
  }
  const error = sleepNs(total);
  if (error < 0) {
    reportError(literal('nanosleep'), error);
    return 1;
  }
  return 0;
}
