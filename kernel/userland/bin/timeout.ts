// timeout: run a program for a limited time. Source: POSIX.1-2024 timeout.

import { argument, argumentVector } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { changeMask, MaskChange, signalBit, waitForSignal } from '../lib/handler';
import { literal } from '../lib/literal';
import { parseDuration, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { execSearch, fork, setpgid, Wait, waitpid } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { Disposition, kill, parseSignal, setDisposition, Signal, signalName } from '../lib/signal';
import { monotonicNs } from '../lib/time';
import { shellStatus } from '../lib/wait-status';

const HELP = `usage: timeout [-fpv] [-k TIME] [-s SIGNAL] TIME PROGRAM [ARGUMENT...]
Run a program, and send it a signal (TERM) when it is not done after TIME: seconds, or with s m h d. 0 is no limit.
  -k TIME  then KILL when it is still not done after TIME    -s SIGNAL  another signal
  -f  in the foreground: only the program, not what it started    -p  its exit status, not 124    -v  say what is sent
`;
const LONG = 'foreground=f preserve-status=p kill-after=k: signal=s: verbose=v';

const TIMED_OUT = 124;

export function main(): i32 {
  let signal: i32 = Signal.TERM;
  let killAfter: i64 = 0;
  let foreground = false;
  let preserve = false;
  let verbose = false;
  for (
    let option = nextOption('fk:ps:v', HELP, LONG);
    option != END;
    option = nextOption('fk:ps:v', HELP, LONG)
  ) {
    if (option == BAD) return 125;
    if (option == 0x66) foreground = true;
    else if (option == 0x70) preserve = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x6b) {
      if (!parseDuration(optionArgument())) return invalid('invalid time interval', optionArgument());
      killAfter = parsed();
    } else {
      signal = parseSignal(optionArgument());
      if (signal < 0) return invalid('invalid signal', optionArgument());
    }
  }
  if (operandCount() < 2) {
    reportUsage('missing operand');
    return 125;
  }
  const time = argument(operandIndex());
  if (!parseDuration(time)) return invalid('invalid time interval', time);
  const limit = parsed();
  const program = operandIndex() + 1;
  if (!foreground) setpgid(0, 0);
  setDisposition(Signal.TTIN, Disposition.ignore);
  setDisposition(Signal.TTOU, Disposition.ignore);
  // Whoever ends us ends the program, too.
  const passed =
    signalBit(Signal.TERM) |
    signalBit(Signal.INT) |
    signalBit(Signal.HUP) |
    signalBit(Signal.QUIT) |
    signalBit(signal);
  const awaited = passed | signalBit(Signal.CHLD);
  changeMask(MaskChange.block, awaited);
  const child = fork();
  if (child < 0) {
    reportError(literal('fork'), child);
    return 125;
  }
  if (!child) {
    setDisposition(Signal.TTIN, Disposition.standard);
    setDisposition(Signal.TTOU, Disposition.standard);
    changeMask(MaskChange.unblock, awaited);
    const error = execSearch(argument(program), argumentVector(program));
    reportError(argument(program), error);
    exitNow(error == -Errno.NOENT ? 127 : 126);
  }
  const status = memory.data(4, 4);
  let deadline = limit ? monotonicNs() + limit : -1;
  let timedOut = false;
  let ended = false;
  while (!ended) {
    const left = deadline < 0 ? -1 : max<i64>(deadline - monotonicNs(), 0);
    const came = left == 0 ? -Errno.AGAIN : waitForSignal(awaited, left);
    if (came == Signal.CHLD) {
      ended = waitpid(child, status, Wait.noHang) == child;
    } else if (came == -Errno.AGAIN) {
      const sent = timedOut ? Signal.KILL : signal;
      if (verbose)
        message()
          .text('sending signal ')
          .text(signalName(sent))
          .text(" to command '")
          .bytes(argument(program))
          .text("'")
          .newline();
      send(child, sent, foreground);
      deadline = !timedOut && killAfter ? monotonicNs() + killAfter : -1;
      timedOut = true;
    } else if (came > 0) {
      send(child, came, foreground);
      if (killAfter) {
        timedOut = true;
        deadline = monotonicNs() + killAfter;
      }
    }
  }
  if (timedOut && !preserve) {
    const killed = shellStatus(load<i32>(status)) == 128 + Signal.KILL;
    return killed ? 137 : TIMED_OUT;
  }
  return shellStatus(load<i32>(status));
}

function invalid(what: string, word: usize): i32 {
  message().text(what).text(" '").bytes(word).text("'").newline();
  return 125;
}

/** To the program, and to what it started in our group; the signal is blocked here. */
function send(child: i32, signal: i32, foreground: bool): void {
  kill(child, signal);
  if (!foreground && signal != Signal.KILL) {
    // Ignoring it drops what is now pending for us.
    kill(0, signal);
    setDisposition(signal, Disposition.ignore);
    setDisposition(signal, Disposition.standard);
  }
  // What is stopped could not take it.
  if (signal != Signal.KILL && signal != Signal.CONT) kill(child, Signal.CONT);
}
