// Messages of the shell, and what an error does. Source: POSIX 2.8.1 (consequences of shell errors).
//
// Rules: shellError() and the like print `NAME: LINE: SUBJECT: what`, the line only in scripts. fatal() is for errors
// that end a shell which is not interactive; in an interactive one it returns, and execute() returns to the prompt.

import { findLastByte } from '../lib/bytes';
import { errorMessage } from '../lib/strerror';
import { stderr, stdout, Stream } from '../lib/stream';
import { interactive, Leaving, lineNumber, setLastStatus, setLeaving, shellName } from './state';
import { exitShell } from './leave';

/** The builtin that is running: its name stands before its messages; 0 otherwise. */
let builtin: usize = 0;

export function setCurrentBuiltin(name: usize): usize {
  const before = builtin;
  builtin = name;
  return before;
}

/** `sh: 3: cd: ` on stderr. */
export function shellMessage(): Stream {
  stdout.flush();
  const slash = findLastByte(shellName, 0x2f);
  let name = slash ? slash + 1 : shellName;
  if (load<u8>(name) == 0x2d) name++;
  stderr.bytes(name).text(': ');
  if (!interactive) stderr.unsigned(lineNumber).text(': ');
  if (builtin) stderr.bytes(builtin).text(': ');
  return stderr;
}

/** `sh: 3: SUBJECT: what`, and $? is 2. */
export function shellError(subject: usize, what: string): void {
  shellMessage().bytes(subject).text(': ').text(what).newline();
  setLastStatus(2);
}

/** `sh: 3: SUBJECT: No such file or directory` */
export function shellErrno(subject: usize, error: i64): void {
  shellMessage().bytes(subject).text(': ').text(errorMessage(error)).newline();
}

export function shellText(what: string): void {
  shellMessage().text(what).newline();
}

/** Under `command` an error of a special builtin does not end the shell. */
let forgiving = false;

export function setForgiving(value: bool): bool {
  const before = forgiving;
  forgiving = value;
  return before;
}

/** Ends the shell, or the command line of an interactive one. The message has been printed. */
export function fatal(status: i32): void {
  setLastStatus(status);
  if (forgiving) return;
  if (!interactive) exitShell(status);
  setLeaving(Leaving.toPrompt, 0);
}
