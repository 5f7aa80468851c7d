/**
 * Programs that are texts for an interpreter: `#!`, its path, and at most one argument, which is the rest of the line
 * (execve(2), "Interpreter scripts").
 */
import { File, fileReadProgram } from '../fs/file';
import { ENOEXEC } from '../lib/errno';

/** As much of the first line as is looked at (BINPRM_BUF_SIZE). */
export const LINE_MAX: usize = 256;
const SPACE: u8 = 32;
const TAB: u8 = 9;
const NEWLINE: u8 = 10;

/** Where in the line the two begin, NUL-terminated; `argument` 0 for none. */
@unmanaged
export class ScriptLine {
  interpreter: usize;
  argument: usize;
}

function isBlank(c: u8): bool {
  return c == SPACE || c == TAB;
}

/** Reads the beginning of a file to `line` (LINE_MAX + 1 bytes): is it a script? A negative errno from the disk. */
export function isScript(file: File, line: usize): i32 {
  const n = fileReadProgram(file, line, LINE_MAX, 0);
  if (n < 0) return <i32>n;
  store<u8>(line + <usize>n, 0);
  return n >= 2 && load<u8>(line) == 0x23 && load<u8>(line, 1) == 0x21 ? 1 : 0;
}

/** Takes the line apart in place: 0, or -ENOEXEC without an interpreter, or with one whose path is cut off. */
export function parseScript(line: usize, out: ScriptLine): i32 {
  let end = line + 2;
  while (load<u8>(end) != 0 && load<u8>(end) != NEWLINE) end++;
  const complete = load<u8>(end) == NEWLINE;
  while (end > line + 2 && isBlank(load<u8>(end - 1))) end--;
  store<u8>(end, 0);
  let at = line + 2;
  while (isBlank(load<u8>(at))) at++;
  if (at == end) return -ENOEXEC;
  out.interpreter = at;
  while (at < end && !isBlank(load<u8>(at))) at++;
  if (at == end && !complete && end == line + LINE_MAX) return -ENOEXEC;
  store<u8>(at, 0);
  out.argument = 0;
  if (at == end) return 0;
  at++;
  while (isBlank(load<u8>(at))) at++;
  out.argument = at;
  return 0;
}
