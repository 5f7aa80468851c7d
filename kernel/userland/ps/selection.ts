// Which processes ps lists.

import { argument, setArgument } from '../lib/arguments';
import { duplicateRange } from '../lib/bytes';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { optionArgument } from '../lib/options';
import { parseGroup, parseUser } from '../lib/passwd';
import { ProcessInfo, terminalDevice } from '../lib/processes';
import { message } from '../lib/report';
import { Sys, syscall } from '../lib/syscall';
import { list, makeWide, wide } from './table';
import { value } from './values';

/** What is chosen; lists of numbers. */
let everything = false;

let withTerminal = false;
let noLeaders = false;
const pids = make<List>();
const parents = make<List>();
const terminals = make<List>();
const users = make<List>();
const realUsers = make<List>();
const sessions = make<List>();
const realGroups = make<List>();
let anyList = false;

/** An option that chooses processes; true for others. False after a message. */
export function select(option: i32): bool {
  switch (option) {
    case 0x41: // A
    case 0x65: // e
      everything = true;
      return true;
    case 0x61: // a
      withTerminal = true;
      return true;
    case 0x64: // d
      noLeaders = true;
      return true;
    case 0x70: // p
      return addNumbers(pids);
    case 0x03: // --ppid
      return addNumbers(parents);
    case 0x67: // g
    case 0x73: // s
      return addNumbers(sessions);
    case 0x74: // t
      return addWords(terminals, terminalDevice64);
    case 0x75: // u
      return addWords(users, parseUser);
    case 0x55: // U
      return addWords(realUsers, parseUser);
    case 0x47: // G
      return addWords(realGroups, parseGroup);
    default:
      return true;
  }
}

export function selectPid(pid: i64): void {
  pids.append(<usize>pid);
  anyList = true;
}

function terminalDevice64(name: usize): i64 {
  const device = <i64>terminalDevice(name);
  return device ? device : -1;
}

export let bsd = false;
export let bsdUser = false;

/** `ps aux`: letters without a dash. */
export function bsdLetters(): void {
  const word = argument(1);
  if (!word || load<u8>(word) == 0x2d || (load<u8>(word) >= 0x30 && load<u8>(word) <= 0x39)) return;
  let a = false;
  let x = false;
  for (let at = word; load<u8>(at); at++) {
    const letter = load<u8>(at);
    if (letter == 0x61) a = true;
    else if (letter == 0x78) x = true;
    else if (letter == 0x75) bsdUser = true;
    else if (letter == 0x77) makeWide();
    else if (letter != 0x66 && letter != 0x65 && letter != 0x67) return;
  }
  bsd = true;
  everything = a && x;
  withTerminal = a && !x;
  if (x && !a) {
    users.append(<usize>syscall(Sys.geteuid));
    anyList = true;
  }
  bsdOwn = !a && !x;
  setArgument(1, literal('-w'));
  if (!wide) setArgument(1, literal('-x'));
}

let bsdOwn = false;

function nextPart(at: usize): usize {
  while (load<u8>(at) && load<u8>(at) != 0x2c && load<u8>(at) != 0x20) at++;
  return at;
}

function addWords(to: List, parse: (word: usize) => i64): bool {
  anyList = true;
  for (let at = optionArgument(); load<u8>(at);) {
    const end = nextPart(at);
    const word = mustAllocate(duplicateRange(at, end - at));
    const value = parse(word);
    if (value < 0) {
      message().text("not found: '").bytes(word).text("'").newline();
      return false;
    }
    to.append(<usize>value);
    at = load<u8>(end) ? end + 1 : end;
  }
  return true;
}

function parsePid(word: usize): i64 {
  return parseDigits(word, 10) ? parsed() : -1;
}

function addNumbers(to: List): bool {
  return addWords(to, parsePid);
}

function has(list: List, value: i64): bool {
  for (let i = 0; i < list.length; i++) if (<i64>list.get(i) == value) return true;
  return false;
}

export function isChosen(process: ProcessInfo, terminal: u64, uid: u32): bool {
  if (everything) return true;
  if (withTerminal && process.terminal && (bsd || process.session != process.pid)) return true;
  if (noLeaders && process.session != process.pid) return true;
  if (bsdOwn && !anyList) return process.uid == uid && process.terminal != 0;
  if (anyList) {
    return (
      has(pids, process.pid) ||
      has(parents, process.parent) ||
      has(terminals, <i64>process.terminal) ||
      has(users, process.uid) ||
      has(realUsers, process.realUid) ||
      has(sessions, process.session) ||
      has(realGroups, process.realGid)
    );
  }
  return !withTerminal && !noLeaders && process.uid == uid && process.terminal == terminal;
}
