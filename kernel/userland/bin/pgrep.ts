// pgrep, pkill, pidof: find processes by name, and signal them. As in other systems.

import { argument, argumentCount, programName, setArgument } from '../lib/arguments';
import { byteLength, bytesAre, bytesEqual, findByte, findLastByte } from '../lib/bytes';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { parseUser } from '../lib/passwd';
import { getpid, getppid } from '../lib/process';
import { listProcesses, ProcessInfo, terminalDevice } from '../lib/processes';
import { compileRegex, Regex, RegexFlag, regexErrorMessage, searchRegex } from '../lib/regex';
import { message, reportUsage, reportWord } from '../lib/report';
import { kill, parseSignal, Signal } from '../lib/signal';
import { stdout } from '../lib/stream';

const HELP_GREP = `usage: pgrep [-flnovxc] [-d TEXT] [-g GROUPS] [-P PARENTS] [-s SESSIONS] [-t TERMINALS] [-u USERS] [PATTERN]
Print the ids of processes whose names match PATTERN, an extended regular expression.
  -f  match the arguments, too    -l  print names    -a  print arguments    -x  the whole must match    -v  the others
  -n  the newest    -o  the oldest    -c  how many    -d TEXT  between the ids    -i  no matter the case
`;
const HELP_KILL = `usage: pkill [-SIGNAL] [-fnovxei] [-g GROUPS] [-P PARENTS] [-s SESSIONS] [-t TERMINALS] [-u USERS] [PATTERN]
Send a signal (TERM) to the processes whose names match PATTERN, an extended regular expression.
  -f  match the arguments, too    -x  the whole must match    -v  the others    -n, -o  the newest, the oldest
  -e  say what is killed          -i  no matter the case      --signal=SIGNAL
`;
const HELP_PIDOF = `usage: pidof [-s] [-o PID]... NAME...
Print the ids of the processes that run the programs.
  -s  one    -o PID  leave out PID
`;
const LONG =
  'full=f list-name=l list-full=a newest=n oldest=o inverse=v exact=x count=c delimiter=d: signal=\x01: echo=e ignore-case=i parent=P: euid=u: uid=U: pgroup=g: session=s: terminal=t:';

let full = false;
let names = false;
let whole = false;
let exact = false;
let inverse = false;
let counting = false;
let echo = false;
const parents = make<List>();
const groups = make<List>();
const sessions = make<List>();
const users = make<List>();
const realUsers = make<List>();
const terminals = make<List>();
let pattern: Regex | null = null;

export function main(): i32 {
  if (bytesAre(programName(), 'pidof')) return pidof();
  const killing = bytesAre(programName(), 'pkill');
  let signal: i32 = Signal.TERM;
  if (killing) {
    const word = argument(1);
    const named = word && load<u8>(word) == 0x2d && load<u8>(word, 1) != 0x2d ? parseSignal(word + 1) : -1;
    if (named >= 0) {
      signal = named;
      setArgument(1, literal('-e'));
    }
    quietEcho = named >= 0;
  }
  let separator = literal('\n');
  let newest = false;
  let oldest = false;
  let flags: u32 = RegexFlag.extended;
  const help = killing ? HELP_KILL : HELP_GREP;
  const letters = 'acd:efg:ilnoP:s:t:u:U:vx';
  let first = true;
  for (
    let option = nextOption(letters, help, LONG);
    option != END;
    option = nextOption(letters, help, LONG)
  ) {
    let good = true;
    if (option == BAD) return 2;
    if (option == 0x66) full = true;
    else if (option == 0x6c) names = true;
    else if (option == 0x61) whole = true;
    else if (option == 0x78) exact = true;
    else if (option == 0x76) inverse = true;
    else if (option == 0x63) counting = true;
    else if (option == 0x65) echo = !(first && quietEcho);
    else if (option == 0x69) flags |= RegexFlag.ignoreCase;
    else if (option == 0x6e) newest = true;
    else if (option == 0x6f) oldest = true;
    else if (option == 0x64) separator = optionArgument();
    else if (option == 0x50) good = addAll(parents, parseNumber);
    else if (option == 0x67) good = addAll(groups, parseNumber);
    else if (option == 0x73) good = addAll(sessions, parseNumber);
    else if (option == 0x75) good = addAll(users, parseUser);
    else if (option == 0x55) good = addAll(realUsers, parseUser);
    else if (option == 0x74) good = addAll(terminals, parseTerminal);
    else if (option == 0x01) {
      signal = parseSignal(optionArgument());
      if (signal < 0) {
        reportWord('unknown signal', optionArgument());
        return 2;
      }
    }
    first = false;
    if (!good) return 2;
  }
  const lists =
    parents.length + groups.length + sessions.length + users.length + realUsers.length + terminals.length;
  if (operandCount() > 1 || (!operandCount() && !lists)) {
    reportUsage(operandCount() ? 'only one pattern can be provided' : 'no matching criteria specified');
    return 2;
  }
  if (operandCount()) {
    const text = argument(operandIndex());
    pattern = compileRegex(text, byteLength(text), flags);
    if (!pattern) {
      message().text(regexErrorMessage()).text(": '").bytes(text).text("'").newline();
      return 2;
    }
  }
  const found = make<List>();
  const all = listProcesses();
  const self = getpid();
  let best: ProcessInfo | null = null;
  for (let i = 0; i < all.length; i++) {
    const process = changetype<ProcessInfo>(all.get(i));
    if (process.pid == self || matches(process) == inverse) continue;
    found.append(all.get(i));
    if (!best || (newest ? process.start >= best.start : process.start < best.start)) best = process;
  }
  if ((newest || oldest) && best) {
    found.length = 0;
    found.append(changetype<usize>(best));
  }
  if (counting) stdout.unsigned(found.length).newline();
  let done = 0;
  for (let i = 0; i < found.length; i++) {
    const process = changetype<ProcessInfo>(found.get(i));
    if (killing) {
      const error = kill(<i32>process.pid, signal);
      if (error < 0) {
        message().text('killing pid ').unsigned(process.pid).text(' failed').newline();
        continue;
      }
      if (echo) stdout.bytes(process.name).text(' killed (pid ').unsigned(process.pid).text(')').newline();
    } else if (!counting) {
      if (i) stdout.bytes(separator);
      stdout.unsigned(process.pid);
      if (names || whole) stdout.byte(0x20).bytes(whole ? process.command : process.name);
    }
    done++;
  }
  if (!killing && !counting && found.length) stdout.newline();
  return done ? 0 : 1;
}

/** `-9` was replaced by an option that has no effect then. */
let quietEcho = false;

function parseNumber(word: usize): i64 {
  if (!parseDigits(word, 10)) return -1;
  return parsed() ? parsed() : getpid();
}

function parseTerminal(word: usize): i64 {
  const device = <i64>terminalDevice(word);
  return device ? device : -1;
}

function addAll(to: List, parse: (word: usize) => i64): bool {
  for (let at = optionArgument(); at;) {
    const comma = findByte(at, 0x2c);
    if (comma) store<u8>(comma, 0);
    const value = parse(at);
    if (value < 0) {
      reportWord('not found', at);
      return false;
    }
    to.append(<usize>value);
    at = comma ? comma + 1 : 0;
  }
  return true;
}

/** Whether the list is empty or has the value. */
function allows(list: List, value: i64): bool {
  if (!list.length) return true;
  for (let i = 0; i < list.length; i++) if (<i64>list.get(i) == value) return true;
  return false;
}

function matches(process: ProcessInfo): bool {
  if (
    !allows(parents, process.parent) ||
    !allows(groups, process.group) ||
    !allows(sessions, process.session)
  )
    return false;
  if (!allows(users, process.uid) || !allows(realUsers, process.realUid)) return false;
  if (!allows(terminals, <i64>process.terminal)) return false;
  const regex = pattern;
  if (!regex) return true;
  const text = full ? process.command : process.name;
  const length = byteLength(text);
  const at = memory.data(16, 8);
  if (!searchRegex(regex, text, length, 0, at, 1, 0)) return false;
  return !exact || (load<i64>(at) == 0 && load<i64>(at, 8) == <i64>length);
}

function pidof(): i32 {
  let single = false;
  const omitted = make<List>();
  for (let option = nextOption('so:x', HELP_PIDOF); option != END; option = nextOption('so:x', HELP_PIDOF)) {
    if (option == BAD) return 2;
    if (option == 0x73) single = true;
    else if (option == 0x6f) {
      const parent = bytesAre(optionArgument(), '%PPID');
      if (!parent && !parseDigits(optionArgument(), 10)) {
        reportWord('not a process id', optionArgument());
        return 2;
      }
      omitted.append(<usize>(parent ? getppid() : parsed()));
    }
  }
  const all = listProcesses();
  let found = 0;
  for (let i = all.length - 1; i >= 0; i--) {
    const process = changetype<ProcessInfo>(all.get(i));
    let wanted = false;
    for (let j = operandIndex(); j < argumentCount() && !wanted; j++) wanted = runs(process, argument(j));
    if (!wanted || process.pid == getpid() || (omitted.length && allows(omitted, process.pid))) continue;
    if (single && found) break;
    if (found++) stdout.byte(0x20);
    stdout.unsigned(process.pid);
  }
  if (found) stdout.newline();
  return found ? 0 : 1;
}

/** By the name of the process, or by the program of its arguments. */
function runs(process: ProcessInfo, name: usize): bool {
  const slash = findLastByte(name, 0x2f);
  if (bytesEqual(process.name, slash ? slash + 1 : name)) return true;
  const command = process.command;
  const space = findByte(command, 0x20);
  if (space) store<u8>(space, 0);
  const last = findLastByte(command, 0x2f);
  const same = bytesEqual(command, name) || (last != 0 && bytesEqual(last + 1, name));
  if (space) store<u8>(space, 0x20);
  return same;
}
