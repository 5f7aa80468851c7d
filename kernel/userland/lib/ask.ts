// Questions to the user: rm -i, cp -i, mv -i.
//
// Rules: the answer is a line of the standard input; it is yes when it begins with y or Y.
// Source: POSIX rm, cp, mv (the questions go to standard error); XBD 7.3.6.1 (LC_MESSAGES).

import { END_OF_FILE, openReader, readByte, Reader } from './reader';
import { stderr } from './stream';

let answers: Reader | null = null;

/** Ends the question that has been written to stderr, and reads the answer. */
export function answerIsYes(): bool {
  stderr.flush();
  const reader = answers ? answers : openReader(0);
  if (!reader) return false;
  answers = reader;
  const first = readByte(reader);
  for (let byte = first; byte != 0x0a && byte != END_OF_FILE;) byte = readByte(reader);
  return first == 0x79 || first == 0x59;
}
