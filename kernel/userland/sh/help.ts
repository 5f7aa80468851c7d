// What the shell says about itself.

import { stdout } from '../lib/stream';

const HELP = `Breenix shell. Programs are found along PATH (/bin); each explains itself with --help.

  a; b      one after the other        a && b   b if a succeeded       $NAME $? $$ $! $1 "$@" \${NAME:-word}
  a &       in the background          a || b   b if a failed          '...' "..." \\x   quoting
  a | b     pipeline                   ! a      the opposite status    * ? [a-z]   names of files
  < file    input    > >> file  output    2> file  errors    2>&1  errors to output
  ( a )     in a subshell              { a; }   as a group             # comment
  if a; then b; else c; fi             while a; do b; done             for x in a b; do c; done

Builtins: : . [ alias bg break cd command continue echo eval exec exit export false fc fg getopts hash help history jobs
kill local printf pwd read readonly return set shift test times trap true type ulimit umask unalias unset wait
time [-p] before any command tells how long it takes.

Keys: arrows, Home, End, Delete, Tab completes; ^A ^E begin and end, ^B ^F and Alt-b Alt-f move, ^P ^N history,
^R searches the history, ^T exchanges characters, Alt-. inserts the last word, Alt-u Alt-l Alt-c change case,
^W ^U ^K delete a word, to the begin, to the end, ^Y puts it back, ^L clears, ^C drops the line, ^D ends the shell.
After set -o vi, those of vi: ESC, then h l w b e f t 0 $ move, i a A c d r x p change, k j / search, v edits, . repeats.
`;

export function printHelp(): void {
  stdout.text(HELP);
}
