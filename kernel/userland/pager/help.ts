/** What `h` shows. */
export const helpText = `Moving
  j e Enter Down   a line forward           k y Up      a line back
  Space f PgDn     a page forward           b PgUp      a page back
  d ^D             half a page forward      u ^U        half a page back
  g Home           the first line, or line N            G End   the last, or line N
  p %              N percent into the text
  Left Right       sideways (lines are cut then)
  A number before a command repeats it, or is its N.

Searching (extended regular expressions; ! first: lines that do not match)
  /PATTERN         forward                  ?PATTERN    backward
  n                again                    N           in the other direction

Marks
  mLETTER          remembers the line       'LETTER     goes back there
  ''               where one was before the last jump

Files
  :n :p            the next, the previous file          :x      the first
  :e FILE          another file             = ^G        where one is
  F                shows what is appended, until a key
  v                the editor               !COMMAND    a command of the shell

  -S cut long lines   -N line numbers   -R colours   -i ignore case
  r ^L             paints the screen anew
  h                this help                q           the end
`;
