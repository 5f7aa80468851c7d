// date -f: each line of a file as a date.

import { closeInput, openInput } from './inputs';
import { parsedNanoseconds, parsedSeconds, parseTime } from './parse-time';
import { closeReader, nextLine, openReader } from './reader';

/** Calls `show` for each date and `invalid` for each line that is none; 1 when there was one, or the file is not there. */
export function eachDate(
  path: usize,
  now: i64,
  nanoseconds: i64,
  show: (seconds: i64, nanoseconds: i64) => void,
  invalid: (line: usize) => i32,
): i32 {
  const fd = openInput(path);
  if (fd < 0) return 1;
  const reader = openReader(fd);
  if (!reader) return 1;
  let status = 0;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    if (parseTime(line, now, nanoseconds)) show(parsedSeconds(), parsedNanoseconds());
    else status |= invalid(line);
  }
  closeReader(reader);
  closeInput(fd);
  return status;
}
