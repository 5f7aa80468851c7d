// sed: the stream editor. The parts are in ../sed. Source: POSIX sed; -E -i -s as in GNU's and the BSDs'.

import { argument, argumentCount } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { byteLength, bytesAre } from '../lib/bytes';
import { exit } from '../lib/exit';
import { close, open, Open, read } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandIndex, optionArgument, permuteOperands } from '../lib/options';
import { snprintf } from '../lib/printf';
import { getpid } from '../lib/process';
import { message, reportError, suggestHelp } from '../lib/report';
import { fstat, Stat } from '../lib/stat';
import { stdout, Stream, streamToDescriptor } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { runFiles, setQuiet, setSeparate, setWidth, status } from '../sed/run';
import { addScript, finishScript, setExtended, startsQuiet } from '../sed/script';

const HELP = `usage: sed [-nErsu] [-i[SUFFIX]] [-l N] SCRIPT [FILE...]
       sed [OPTION]... -e SCRIPT... [-f FILE]... [FILE...]
Edit lines: run the commands of SCRIPT on each line of the files, or of the standard input.
  -n  print only what p, P and w do           -e SCRIPT  -f FILE  commands; more of them add up
  -E, -r  extended regular expressions        -i[SUFFIX]  change the files; with SUFFIX keep them under that name
  -s  each file is a stream of its own        -l N  lines of l are folded at N columns
Addresses: N $ /RE/ \\cREc A,B A,+N A,~N N~STEP, ! negates. Commands: { } = a b c d D g G h H i l n N p P q Q r s t T w
x y z : #.
`;

const LONG =
  'quiet=n silent=n regexp-extended=E expression=e: file=f: in-place=i? separate=s line-length=l: unbuffered=u';

const files = make<List>();
let given = false;
let inPlace = false;
let suffix: usize = 0;

function readScript(path: usize): void {
  const fd = bytesAre(path, '-') ? 0 : open(path, Open.readOnly);
  if (fd < 0) {
    reportError(path, fd);
    exit(1);
  }
  const text = make<Buffer>();
  text.clear();
  const block = memory.data(4096);
  for (let got = read(fd, block, 4096); got > 0; got = read(fd, block, 4096)) text.range(block, <usize>got);
  if (fd) close(fd);
  if (text.length && load<u8>(text.at + text.length - 1) == 0x0a) text.remove(text.length - 1, 1);
  addScript(text.at, text.length);
}

function readOptions(): void {
  permuteOperands();
  const letters = 'nErsui?e:f:l:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    const value = optionArgument();
    switch (option) {
      case BAD:
        exit(1);
        break;
      case 0x6e: // n
        setQuiet();
        break;
      case 0x45: // E
      case 0x72:
        setExtended();
        break;
      case 0x69: // i
        inPlace = true;
        suffix = value;
        setSeparate();
        break;
      case 0x73: // s
        setSeparate();
        break;
      case 0x65: // e
        addScript(value, byteLength(value));
        given = true;
        break;
      case 0x66: // f
        readScript(value);
        given = true;
        break;
      case 0x6c: // l
        if (parseDigits(value, 10)) setWidth(parsed());
        break;
      default:
    }
  }
  for (let i = operandIndex(); i < argumentCount(); i++) assert(files.append(argument(i)), 'out of memory');
}

/** Edits one file: what is written goes to a new file beside it, which then takes its name. False after q. */
function editInPlace(path: usize): bool {
  const source = open(path, Open.readOnly | Open.closeOnExec);
  if (source < 0) {
    reportError(path, source);
    failed = true;
    return true;
  }
  const what = changetype<Stat>(memory.data(144, 8));
  fstat(source, what);
  close(source);
  const room = byteLength(path) + byteLength(suffix ? suffix : literal('')) + 32;
  const temporary = mustAllocate(malloc(room));
  snprintf(temporary, room, '%s.sed%d', path, getpid());
  const fd = open(
    temporary,
    Open.writeOnly | Open.create | Open.exclusive | Open.closeOnExec,
    what.mode & 0o777,
  );
  if (fd < 0) {
    reportError(temporary, fd);
    failed = true;
    return true;
  }
  const FCHMOD: u64 = 91;
  syscall(FCHMOD, fd, what.mode & 0o7777);
  const stream = make<Stream>();
  streamToDescriptor(stream, fd, mustAllocate(malloc(4096)), 4096);
  const one = make<List>();
  assert(one.append(path), 'out of memory');
  const goesOn = runFiles(one, stream);
  const error = stream.flush();
  close(fd);
  if (error < 0) {
    reportError(temporary, error);
    syscall(Sys.unlink, temporary);
    failed = true;
    return goesOn;
  }
  if (suffix) {
    const backup = mustAllocate(malloc(room));
    snprintf(backup, room, '%s%s', path, suffix);
    syscall(Sys.rename, path, backup);
  }
  const renamed = syscall(Sys.rename, temporary, path);
  if (renamed < 0) {
    reportError(path, renamed);
    failed = true;
  }
  return goesOn;
}

let failed = false;

export function main(): i32 {
  readOptions();
  if (!given) {
    if (!files.length) {
      message().text('a script is needed').newline();
      suggestHelp();
      return 1;
    }
    const script = files.removeAt(0);
    addScript(script, byteLength(script));
  }
  finishScript();
  if (startsQuiet) setQuiet();
  if (inPlace) {
    for (let i = 0; i < files.length; i++) if (!editInPlace(files.get(i))) break;
  } else {
    if (!files.length) assert(files.append(literal('-')), 'out of memory');
    runFiles(files, stdout);
  }
  return failed ? 4 : status;
}
