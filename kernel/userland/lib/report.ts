// Messages of a program to its user, on stderr: `cat: /x: No such file or directory`.
//
// Rules: stdout is flushed first, so that both appear in order on a terminal.

import { programName } from './arguments';
import { errorMessage } from './strerror';
import { stderr, stdout, Stream } from './stream';

/** `PROGRAM: ` on stderr; the caller goes on with the message and ends it with newline(). */
export function message(): Stream {
  stdout.flush();
  return stderr.bytes(programName()).text(': ');
}

/** `PROGRAM: SUBJECT: message of error`. */
export function reportError(subject: usize, error: i64): void {
  message().bytes(subject).text(': ').text(errorMessage(error)).newline();
}

/** `PROGRAM: what` */
export function reportText(what: string): void {
  message().text(what).newline();
}

/** `PROGRAM: what: subject` — for words the program cannot use: `kill: unknown signal: FOO`. */
export function reportWord(what: string, subject: usize): void {
  message().text(what).text(': ').bytes(subject).newline();
}

/** `PROGRAM: what` and where to find help; for wrong usage. */
export function reportUsage(what: string): void {
  reportText(what);
  suggestHelp();
}

export function suggestHelp(): void {
  stderr.text("Try '").bytes(programName()).text(" --help' for more information.").newline();
}
