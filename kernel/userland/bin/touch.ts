// touch: set the times of files, making them when they are not there. Source: POSIX touch.

import { argument, argumentCount } from '../lib/arguments';
import { At, UTIME_NOW, UTIME_OMIT, utimensAt } from '../lib/at';
import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { close, open, Open } from '../lib/file';
import { make } from '../lib/malloc';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { parsedNanoseconds, parsedSeconds, parseTime, parseTouchTime } from '../lib/parse-time';
import { message, reportUsage } from '../lib/report';
import { lstat, Stat, stat } from '../lib/stat';
import { errorMessage } from '../lib/strerror';
import { Clock, clockTime } from '../lib/time';

const HELP = `usage: touch [-achm] [-d DATE | -r FILE | -t [[CC]YY]MMDDhhmm[.SS]] FILE...
Set the times of access and modification, to now by default; make files that are not there.
  -a  access alone    -m  modification alone    -c  make no files    -h  of symbolic links themselves
  -d DATE  as date understands it    -r FILE  the times of FILE      -t TIME  local time
`;
const LONG = 'no-create=c date=d: no-dereference=h reference=r: time=T:';

const times = memory.data(32, 8);

export function main(): i32 {
  permuteOperands();
  let access = false;
  let modification = false;
  let create = true;
  let flags: u32 = 0;
  let sources = 0;
  const now = clockTime(Clock.realtime);
  store<i64>(times, UTIME_NOW, 8);
  store<i64>(times, UTIME_NOW, 24);
  const letters = 'acd:fhmr:t:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x61) access = true;
    else if (option == 0x6d) modification = true;
    else if (option == 0x54) {
      if (bytesAre(optionArgument(), 'access') || bytesAre(optionArgument(), 'atime')) access = true;
      else modification = true;
    } else if (option == 0x63) create = false;
    else if (option == 0x68) {
      flags = At.symlinkNoFollow;
      create = false;
    } else if (option == 0x64 || option == 0x74) {
      sources++;
      const known =
        option == 0x64
          ? parseTime(optionArgument(), now / 1000000000, now % 1000000000)
          : parseTouchTime(optionArgument(), now / 1000000000);
      if (!known) {
        message().text("invalid date format '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      for (let i: usize = 0; i < 32; i += 16) {
        store<i64>(times + i, parsedSeconds());
        store<i64>(times + i, parsedNanoseconds(), 8);
      }
    } else if (option == 0x72) {
      sources++;
      if (!takeTimes(optionArgument(), flags)) return 1;
    }
  }
  if (sources > 1) {
    reportUsage('cannot specify times from more than one source');
    return 1;
  }
  if (!operandCount()) {
    reportUsage('missing file operand');
    return 1;
  }
  if (access && !modification) store<i64>(times, UTIME_OMIT, 24);
  if (modification && !access) store<i64>(times, UTIME_OMIT, 8);
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) status |= touch(argument(i), create, flags);
  return status;
}

function takeTimes(path: usize, flags: u32): bool {
  const found = make<Stat>();
  const error = flags ? lstat(path, found) : stat(path, found);
  if (error < 0) {
    message()
      .text("failed to get attributes of '")
      .bytes(path)
      .text("': ")
      .text(errorMessage(error))
      .newline();
    return false;
  }
  store<i64>(times, found.accessSeconds);
  store<i64>(times, found.accessNanoseconds, 8);
  store<i64>(times, found.modifySeconds, 16);
  store<i64>(times, found.modifyNanoseconds, 24);
  return true;
}

function touch(path: usize, create: bool, flags: u32): i32 {
  // Both now: a null pointer asks for less permission than the same times spelled out.
  const both = load<i64>(times, 8) == UTIME_NOW && load<i64>(times, 24) == UTIME_NOW;
  let error = utimensAt(At.workingDirectory, path, both ? 0 : times, flags);
  if (error == -Errno.NOENT && create) {
    const fd = open(
      path,
      Open.writeOnly | Open.create | Open.nonBlocking | Open.noControllingTerminal,
      0o666,
    );
    error = fd < 0 ? fd : 0;
    if (fd >= 0) close(fd);
    if (fd >= 0 && !both) error = utimensAt(At.workingDirectory, path, times, 0);
  } else if (error == -Errno.NOENT && !flags) return 0;
  if (!error) return 0;
  const what = error == -Errno.NOENT ? "cannot touch '" : "setting times of '";
  message().text(what).bytes(path).text("': ").text(errorMessage(error)).newline();
  return 1;
}
