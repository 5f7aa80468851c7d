// The expression of find as a tree. Source: POSIX find (EXTENDED DESCRIPTION).
//
// Rules: parseExpression() takes the words from an index on; a wrong one ends the program with status 1.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { exit } from '../lib/exit';
import { make } from '../lib/malloc';
import { applyMode } from '../lib/mode';
import { parseDigits, parsed } from '../lib/number';
import { parseGroup, parseUser } from '../lib/passwd';
import { message, reportError } from '../lib/report';
import { Stat, stat } from '../lib/stat';
import { Clock, clockTime } from '../lib/time';

export const enum Test {
  and,
  or,
  not,
  comma,
  yes,
  no,
  name,
  ignoringName,
  path,
  type,
  permissions,
  user,
  group,
  noUser,
  noGroup,
  size,
  links,
  inode,
  empty,
  modified,
  accessed,
  changed,
  modifiedMinutes,
  accessedMinutes,
  changedMinutes,
  newer,
  prune,
  print,
  printZero,
  list,
  remove,
  execute,
  executeMany,
  ask,
  quit,
}

/** How a number is compared. */
export const enum Compare {
  exactly,
  more,
  less,
}

@unmanaged
@final
export class Expression {
  kind: i32;
  left: Expression | null;
  right: Expression | null;
  text: usize;
  number: i64;
  /** nanoseconds of -newer */
  more: i64;
  compare: i32;
  /** -size: bytes of the unit. */
  unit: i64;
  /** -exec: index of the first word, and how many there are. */
  first: i32;
  count: i32;
}

export let root: Expression | null = null;
export let depthFirst = false;
export let oneDevice = false;
export let maximumDepth: i32 = i32.MAX_VALUE;
export let minimumDepth: i32 = 0;
/** Seconds at the begin. */
export let now: i64 = 0;
let next: i32 = 0;
/** There is -print, -exec and the like: nothing is printed without being asked for. */
let acts = false;

export function fail(what: string, word: usize): void {
  const out = message().text(what);
  if (word) out.bytes(word);
  out.newline();
  exit(1);
}

function node(kind: i32): Expression {
  const made = make<Expression>();
  made.kind = kind;
  return made;
}

function joined(kind: i32, left: Expression, right: Expression): Expression {
  const made = node(kind);
  made.left = left;
  made.right = right;
  return made;
}

export function parseExpression(from: i32): void {
  next = from;
  now = clockTime(Clock.realtime) / 1000000000;
  if (next < argumentCount()) {
    const parsedRoot = list();
    if (next < argumentCount()) fail('unexpected operand: ', argument(next));
    root = acts ? parsedRoot : joined(Test.and, parsedRoot, node(Test.print));
  } else root = node(Test.print);
}

function nextIs(text: string): bool {
  return next < argumentCount() && bytesAre(argument(next), text);
}

function list(): Expression {
  let left = either();
  while (nextIs(',')) {
    next++;
    left = joined(Test.comma, left, either());
  }
  return left;
}

function either(): Expression {
  let left = both();
  while (nextIs('-o') || nextIs('-or')) {
    next++;
    left = joined(Test.or, left, both());
  }
  return left;
}

function both(): Expression {
  let left = unary();
  while (next < argumentCount() && !nextIs('-o') && !nextIs('-or') && !nextIs(')') && !nextIs(',')) {
    if (nextIs('-a') || nextIs('-and')) next++;
    left = joined(Test.and, left, unary());
  }
  return left;
}

function unary(): Expression {
  if (nextIs('!') || nextIs('-not')) {
    next++;
    const made = node(Test.not);
    made.left = unary();
    return made;
  }
  if (nextIs('(')) {
    next++;
    const made = list();
    if (!nextIs(')')) fail("missing ')'", 0);
    next++;
    return made;
  }
  if (next >= argumentCount()) fail('expected an expression after: ', argument(next - 1));
  return primary();
}

let primaryName: usize = 0;

function value(): usize {
  if (next >= argumentCount()) fail('missing argument to ', primaryName);
  return argument(next++);
}

function textual(kind: i32): Expression {
  const made = node(kind);
  made.text = value();
  return made;
}

/** N, +N or -N, with what follows in `rest`. */
let rest: usize = 0;

function numeric(kind: i32): Expression {
  const made = node(kind);
  let at = value();
  const word = at;
  if (load<u8>(at) == 0x2b) made.compare = Compare.more;
  else if (load<u8>(at) == 0x2d) made.compare = Compare.less;
  if (made.compare != Compare.exactly) at++;
  const start = at;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++)
    made.number = made.number * 10 + load<u8>(at) - 0x30;
  rest = at;
  if (at == start || (kind != Test.size && load<u8>(at))) {
    message().text('invalid argument to ').bytes(primaryName).text(': ').bytes(word).newline();
    exit(1);
  }
  return made;
}

function size(): Expression {
  const made = numeric(Test.size);
  const letter = load<u8>(rest);
  made.unit = 512;
  if (letter == 0x63) made.unit = 1;
  else if (letter == 0x77) made.unit = 2;
  else if (letter == 0x6b) made.unit = 1024;
  else if (letter == 0x4d) made.unit = 1048576;
  else if (letter == 0x47) made.unit = 1073741824;
  else if (letter && letter != 0x62) fail('invalid unit of -size: ', rest);
  return made;
}

function permissions(): Expression {
  const made = node(Test.permissions);
  let word = value();
  if (load<u8>(word) == 0x2d) {
    made.compare = Compare.less;
    word++;
  } else if (load<u8>(word) == 0x2f) {
    made.compare = Compare.more;
    word++;
  }
  const mode = applyMode(word, 0, false, 0);
  if (mode == 0xffffffff) fail('invalid mode: ', word);
  made.number = mode;
  return made;
}

function owner(kind: i32): Expression {
  const made = node(kind);
  const word = value();
  const id = kind == Test.user ? parseUser(word) : parseGroup(word);
  if (id < 0) fail(kind == Test.user ? 'unknown user: ' : 'unknown group: ', word);
  made.number = id;
  return made;
}

function newer(): Expression {
  const made = node(Test.newer);
  const path = value();
  const found = changetype<Stat>(memory.data(144, 8));
  const error = stat(path, found);
  if (error < 0) {
    reportError(path, error);
    exit(1);
  }
  made.number = found.modifySeconds;
  made.more = found.modifyNanoseconds;
  return made;
}

/** The words of -exec up to ; or {} +. */
function command(asks: bool): Expression {
  const made = node(asks ? Test.ask : Test.execute);
  made.first = next;
  acts = true;
  while (next < argumentCount() && !nextIs(';')) {
    if (!asks && nextIs('+') && next > made.first && bytesAre(argument(next - 1), '{}')) {
      made.kind = Test.executeMany;
      break;
    }
    next++;
  }
  if (next >= argumentCount()) fail('missing argument to ', primaryName);
  made.count = next - made.first;
  if (made.kind == Test.executeMany) made.count--;
  if (!made.count) fail('missing command of ', primaryName);
  next++;
  return made;
}

function depth(): i32 {
  const word = value();
  if (!parseDigits(word, 10)) fail('not a number: ', word);
  return <i32>parsed();
}

function action(kind: i32): Expression {
  acts = true;
  return node(kind);
}

function primary(): Expression {
  const word = argument(next++);
  primaryName = word;
  if (bytesAre(word, '-name')) return textual(Test.name);
  if (bytesAre(word, '-iname')) return textual(Test.ignoringName);
  if (bytesAre(word, '-path') || bytesAre(word, '-wholename')) return textual(Test.path);
  if (bytesAre(word, '-type')) return textual(Test.type);
  if (bytesAre(word, '-perm')) return permissions();
  if (bytesAre(word, '-user')) return owner(Test.user);
  if (bytesAre(word, '-group')) return owner(Test.group);
  if (bytesAre(word, '-nouser')) return node(Test.noUser);
  if (bytesAre(word, '-nogroup')) return node(Test.noGroup);
  if (bytesAre(word, '-size')) return size();
  if (bytesAre(word, '-links')) return numeric(Test.links);
  if (bytesAre(word, '-inum')) return numeric(Test.inode);
  if (bytesAre(word, '-empty')) return node(Test.empty);
  if (bytesAre(word, '-mtime')) return numeric(Test.modified);
  if (bytesAre(word, '-atime')) return numeric(Test.accessed);
  if (bytesAre(word, '-ctime')) return numeric(Test.changed);
  if (bytesAre(word, '-mmin')) return numeric(Test.modifiedMinutes);
  if (bytesAre(word, '-amin')) return numeric(Test.accessedMinutes);
  if (bytesAre(word, '-cmin')) return numeric(Test.changedMinutes);
  if (bytesAre(word, '-newer')) return newer();
  if (bytesAre(word, '-prune')) return node(Test.prune);
  if (bytesAre(word, '-true')) return node(Test.yes);
  if (bytesAre(word, '-false')) return node(Test.no);
  if (bytesAre(word, '-print')) return action(Test.print);
  if (bytesAre(word, '-print0')) return action(Test.printZero);
  if (bytesAre(word, '-ls')) return action(Test.list);
  if (bytesAre(word, '-quit')) return action(Test.quit);
  if (bytesAre(word, '-exec')) return command(false);
  if (bytesAre(word, '-ok')) return command(true);
  if (bytesAre(word, '-delete')) {
    depthFirst = true;
    return action(Test.remove);
  }
  if (bytesAre(word, '-depth') || bytesAre(word, '-d')) depthFirst = true;
  else if (bytesAre(word, '-xdev') || bytesAre(word, '-mount')) oneDevice = true;
  else if (bytesAre(word, '-maxdepth')) maximumDepth = depth();
  else if (bytesAre(word, '-mindepth')) minimumDepth = depth();
  else fail('unknown predicate: ', word);
  return node(Test.yes);
}
