// kill: send signals. Source: POSIX kill.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { parseInteger, parsed } from '../lib/number';
import { reportError, reportUsage, reportWord } from '../lib/report';
import { kill, parseSignal, Signal, SIGNAL_COUNT, signalName } from '../lib/signal';
import { stdout } from '../lib/stream';

const HELP = `usage: kill [-s SIGNAL | -n NUMBER | -SIGNAL] PID...
       kill -l [NUMBER...]
Send a signal (TERM) to processes; a negative PID is a process group, 0 this one's, -1 everybody.
  -s SIGNAL  the signal by name or number; 0 only asks whether it could be sent
  -l, -L     names of signals; for exit statuses above 128, the signal behind them
`;

/** The highest real-time signal. */
const LAST: i32 = 64;
const REALTIME_FIRST: i32 = 34;

// Not lib/options.ts: -9 and -TERM are options here, -1 after them is an operand.
export function main(): i32 {
  let i = 1;
  let signal: i32 = Signal.TERM;
  const first = argument(1);
  if (first && bytesAre(first, '--help')) {
    stdout.text(HELP);
    return 0;
  }
  if (first && (bytesAre(first, '-l') || bytesAre(first, '-L'))) return list();
  if (first && load<u8>(first) == 0x2d && !bytesAre(first, '--')) {
    let name = first + 1;
    i = 2;
    const option = load<u8>(name);
    if (option == 0x73 || (option == 0x6e && !load<u8>(name, 1))) {
      name = load<u8>(name, 1) ? name + 1 : argument(i++);
      if (!name) {
        reportUsage(option == 0x73 ? '-s needs a signal' : '-n needs a signal');
        return 2;
      }
    }
    signal = parseAny(name);
    if (signal < 0) {
      reportWord('unknown signal', name);
      return 2;
    }
  }
  if (i < argumentCount() && bytesAre(argument(i), '--')) i++;
  if (i >= argumentCount()) {
    reportUsage('missing operand');
    return 2;
  }
  let status = 0;
  for (; i < argumentCount(); i++) status |= send(argument(i), signal);
  return status;
}

/** Names in small letters and real-time signals, too (RTMIN+3). */
function parseAny(word: usize): i32 {
  for (let at = word; load<u8>(at); at++) {
    if (load<u8>(at) >= 0x61 && load<u8>(at) <= 0x7a) store<u8>(at, load<u8>(at) - 32);
  }
  const signal = parseSignal(word);
  if (signal >= 0) return signal;
  if (parseInteger(word)) return parsed() >= 0 && parsed() <= LAST ? <i32>parsed() : -1;
  if (bytesAre(word, 'SIGRTMIN') || bytesAre(word, 'RTMIN')) return REALTIME_FIRST;
  if (bytesAre(word, 'SIGRTMAX') || bytesAre(word, 'RTMAX')) return LAST;
  let at = word;
  while (load<u8>(at) && load<u8>(at) != 0x2b && load<u8>(at) != 0x2d) at++;
  const sign = load<u8>(at);
  if (!sign || !parseInteger(at)) return -1;
  const offset = parsed();
  store<u8>(at, 0);
  const base = parseAny(word);
  store<u8>(at, sign);
  const result = base + offset;
  return (base == REALTIME_FIRST || base == LAST) && result >= REALTIME_FIRST && result <= LAST
    ? <i32>result
    : -1;
}

function send(word: usize, signal: i32): i32 {
  if (!parseInteger(word) || parsed() > i32.MAX_VALUE || parsed() < -(<i64>i32.MAX_VALUE)) {
    reportWord('not a process id', word);
    return 1;
  }
  const error = kill(<i32>parsed(), signal);
  if (error < 0) reportError(word, error);
  return error < 0 ? 1 : 0;
}

function list(): i32 {
  if (argumentCount() == 2) {
    for (let signal = 1; signal < SIGNAL_COUNT; signal++) {
      stdout.text(signalName(signal)).byte(signal % 8 == 0 || signal == SIGNAL_COUNT - 1 ? 0x0a : 0x20);
    }
    return 0;
  }
  let status = 0;
  for (let i = 2; i < argumentCount(); i++) {
    const word = argument(i);
    const numeric = parseInteger(word);
    const number = <i32>(parsed() > 128 ? parsed() - 128 : parsed());
    if (numeric && number > 0 && number < SIGNAL_COUNT) stdout.text(signalName(number)).newline();
    else if (!numeric && parseAny(word) >= 0) stdout.unsigned(parseAny(word)).newline();
    else {
      reportWord('unknown signal', word);
      status = 1;
    }
  }
  return status;
}
