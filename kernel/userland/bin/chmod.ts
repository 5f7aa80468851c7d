// chmod: change the permissions of files. Source: POSIX chmod.

import { argument, argumentCount, setArgument } from '../lib/arguments';
import { chmodAt } from '../lib/at';
import { byteLength, copyBytes } from '../lib/bytes';
import { malloc, mustAllocate } from '../lib/malloc';
import { applyMode, currentUmask, modeIsValid } from '../lib/mode';
import { modeText } from '../lib/mode-text';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { printf } from '../lib/printf';
import { statReference } from '../lib/reference';
import { message, reportUsage } from '../lib/report';
import { FileType, Stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Phase, Visit, walk, WalkFlag } from '../lib/walk';

const HELP = `usage: chmod [-Rcfv] MODE FILE...
       chmod [-Rcfv] --reference=FILE FILE...
Change permissions. MODE is octal, or [ugoa...][+-=][rwxXst...|u|g|o], several with commas.
  -R  what is below directories, too    -f  no complaints
  -v  say what is done to each          -c  to each that changes
`;
const LONG =
  'recursive=R silent=f quiet=f verbose=v changes=c reference=F: preserve-root=P no-preserve-root=P';

let recursive = false;
let quiet = false;
let verbose = false;
let changes = false;
let mode: usize = 0;
let reference: u32 = 0;
let umask: u32 = 0;
let status: i32 = 0;

export function main(): i32 {
  negativeModeAsOperand();
  permuteOperands();
  let like: usize = 0;
  for (let option = nextOption('Rcfv', HELP, LONG); option != END; option = nextOption('Rcfv', HELP, LONG)) {
    if (option == BAD) return 1;
    if (option == 0x52) recursive = true;
    else if (option == 0x66) quiet = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x63) changes = true;
    else if (option == 0x46) like = optionArgument();
  }
  let first = operandIndex();
  if (like) {
    const found = changetype<Stat>(memory.data(144, 8));
    if (!statReference(like, found)) return 1;
    reference = found.mode & 0o7777;
  } else {
    if (operandCount()) mode = argument(first++) + (hidden ? 1 : 0);
    if (mode && !modeIsValid(mode)) {
      message().text("invalid mode: '").bytes(mode).text("'").newline();
      return 1;
    }
  }
  if (first >= argumentCount()) {
    reportUsage(operandCount() ? 'missing operand after the mode' : 'missing operand');
    return 1;
  }
  umask = currentUmask();
  for (let i = first; i < argumentCount(); i++) walk(argument(i), WalkFlag.followOperand, visit);
  return status;
}

let hidden = false;

/** `chmod -x file`: a mode that looks like an option gets a character in front, so that it counts as an operand. */
function negativeModeAsOperand(): void {
  for (let i = 1; i < argumentCount(); i++) {
    const word = argument(i);
    if (load<u8>(word) != 0x2d) return;
    const letter = load<u8>(word, 1);
    const permission =
      letter == 0x72 ||
      letter == 0x77 ||
      letter == 0x78 ||
      letter == 0x58 ||
      letter == 0x73 ||
      letter == 0x74;
    const from = letter == 0x75 || letter == 0x67 || letter == 0x6f;
    if (!permission && !from) continue;
    const copy = mustAllocate(malloc(byteLength(word) + 2));
    store<u8>(copy, 0x20);
    copyBytes(copy + 1, word);
    setArgument(i, copy);
    hidden = true;
    return;
  }
}

function visit(at: Visit): i32 {
  if (at.phase == Phase.missing) return fail('cannot access', at, at.error);
  if (at.phase == Phase.unreadable) return fail('cannot read directory', at, at.error);
  if (at.phase == Phase.after) return 0;
  if (at.phase == Phase.file && (at.stat.mode & FileType.mask) == FileType.link) {
    // Of an operand that leads nowhere POSIX wants an error; links below are left alone.
    return at.level ? 0 : fail('cannot operate on dangling symlink', at, 0);
  }
  const old = at.stat.mode & 0o7777;
  const directory = (at.stat.mode & FileType.mask) == FileType.directory;
  const fresh = mode ? applyMode(mode, old, directory, umask) : reference;
  const error = chmodAt(at.directory, at.name, fresh);
  if (error < 0) fail('changing permissions of', at, error);
  else if (verbose || (changes && fresh != old)) tell(at, old, fresh);
  return recursive ? 0 : 1;
}

function tell(at: Visit, old: u32, fresh: u32): void {
  const before = memory.data(16);
  const after = memory.data(16);
  modeText(old, before);
  modeText(fresh, after);
  stdout.text("mode of '").bytes(at.path);
  if (old == fresh) printf("' retained as %04o (%s)\n", fresh, after + 1);
  else printf("' changed from %04o (%s) to %04o (%s)\n", old, before + 1, fresh, after + 1);
}

function fail(what: string, at: Visit, error: i32): i32 {
  status = 1;
  if (quiet) return 1;
  const out = message().text(what).text(" '").bytes(at.path).text("'");
  if (error) out.text(': ').text(errorMessage(error));
  out.newline();
  return 1;
}
