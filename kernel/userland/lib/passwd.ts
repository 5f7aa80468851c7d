// Users and groups: /etc/passwd and /etc/group.
//
// Rules: each file is read once, at the first question; records stay valid for the life of the process and are never
// freed. A missing or unreadable file is an empty one. Lines that are not records are passed over.
// Source: POSIX getpwnam(), getpwuid(), getgrnam(), getgrgid(); passwd(5), group(5).

import { bytesEqual, findByte } from './bytes';
import { close, open, Open, read } from './file';
import { literal } from './literal';
import { List } from './list';
import { free, make, mustAllocate, realloc } from './malloc';
import { parseDigits, parsed } from './number';

@unmanaged
@final
export class User {
  name: usize;
  /** `x` when the password is elsewhere, empty when there is none, `*` when there can be none. */
  password: usize;
  uid: u32;
  gid: u32;
  gecos: usize;
  home: usize;
  shell: usize;
}

@unmanaged
@final
export class Group {
  name: usize;
  gid: u32;
  /** Names with commas between them. */
  members: usize;
}

let users: List | null = null;
let groups: List | null = null;
const fields = memory.data(64, 8);

/** Null when there is no such user. */
export function findUser(name: usize): User | null {
  const list = allUsers();
  for (let i = 0; i < list.length; i++) {
    const user = changetype<User>(list.get(i));
    if (bytesEqual(user.name, name)) return user;
  }
  return null;
}

export function findUserById(uid: u32): User | null {
  const list = allUsers();
  for (let i = 0; i < list.length; i++) {
    const user = changetype<User>(list.get(i));
    if (user.uid == uid) return user;
  }
  return null;
}

export function findGroup(name: usize): Group | null {
  const list = allGroups();
  for (let i = 0; i < list.length; i++) {
    const group = changetype<Group>(list.get(i));
    if (bytesEqual(group.name, name)) return group;
  }
  return null;
}

export function findGroupById(gid: u32): Group | null {
  const list = allGroups();
  for (let i = 0; i < list.length; i++) {
    const group = changetype<Group>(list.get(i));
    if (group.gid == gid) return group;
  }
  return null;
}

/** The name of user `uid`, 0 when it has none. */
export function userName(uid: u32): usize {
  const user = findUserById(uid);
  return user ? user.name : 0;
}

export function groupName(gid: u32): usize {
  const group = findGroupById(gid);
  return group ? group.name : 0;
}

/** The uid that `word`, a name or a number, stands for; -1 when it is neither. */
export function parseUser(word: usize): i64 {
  const user = findUser(word);
  if (user) return user.uid;
  return parseDigits(word, 10) && parsed() < 0xffffffff ? parsed() : -1;
}

export function parseGroup(word: usize): i64 {
  const group = findGroup(word);
  if (group) return group.gid;
  return parseDigits(word, 10) && parsed() < 0xffffffff ? parsed() : -1;
}

/** Whether `name` is among the members that /etc/group lists. */
export function isMember(group: Group, name: usize): bool {
  let at = group.members;
  while (load<u8>(at)) {
    let same = name;
    while (load<u8>(at) && load<u8>(at) != 0x2c && load<u8>(at) == load<u8>(same)) {
      at++;
      same++;
    }
    if (!load<u8>(same) && (!load<u8>(at) || load<u8>(at) == 0x2c)) return true;
    while (load<u8>(at) && load<u8>(at) != 0x2c) at++;
    if (load<u8>(at)) at++;
  }
  return false;
}

/**
 * The groups that login gives `user`: `primary` first, then those that list the user, as u32 at `to`, at most `most`.
 * How many there are.
 */
export function groupsOf(name: usize, primary: u32, to: usize, most: i32): i32 {
  let count: i32 = 0;
  if (most > 0) {
    store<u32>(to, primary);
    count = 1;
  }
  const list = allGroups();
  for (let i = 0; i < list.length && count < most; i++) {
    const group = changetype<Group>(list.get(i));
    if (group.gid == primary || !isMember(group, name)) continue;
    store<u32>(to + ((<usize>count) << 2), group.gid);
    count++;
  }
  return count;
}

/** Every User, in the order of /etc/passwd. */
export function allUsers(): List {
  let list = users;
  if (list) return list;
  list = make<List>();
  users = list;
  let line = readAll(literal('/etc/passwd'));
  while (line) {
    const next = split(line, 7);
    const uid = field(2);
    const gid = field(3);
    if (field(6) && parseDigits(uid, 10)) {
      const user = make<User>();
      user.name = field(0);
      user.password = field(1);
      user.uid = <u32>parsed();
      user.gid = parseDigits(gid, 10) ? <u32>parsed() : 0xfffe;
      user.gecos = field(4);
      user.home = field(5);
      user.shell = field(6);
      list.append(changetype<usize>(user));
    }
    line = next;
  }
  return list;
}

/** Every Group, in the order of /etc/group. */
export function allGroups(): List {
  let list = groups;
  if (list) return list;
  list = make<List>();
  groups = list;
  let line = readAll(literal('/etc/group'));
  while (line) {
    const next = split(line, 4);
    if (field(3) && parseDigits(field(2), 10)) {
      const group = make<Group>();
      group.name = field(0);
      group.gid = <u32>parsed();
      group.members = field(3);
      list.append(changetype<usize>(group));
    }
    line = next;
  }
  return list;
}

function field(index: usize): usize {
  return load<usize>(fields + (index << 3));
}

/** Cuts `line` at its colons into `count` fields, absent ones 0; returns the next line, 0 behind the last. */
function split(line: usize, count: usize): usize {
  memory.fill(fields, 0, 64);
  const end = findByte(line, 0x0a);
  if (end) store<u8>(end, 0);
  let at = line;
  for (let i: usize = 0; i < count; i++) {
    store<usize>(fields + (i << 3), at);
    const colon = i + 1 < count ? findByte(at, 0x3a) : 0;
    if (!colon) break;
    store<u8>(colon, 0);
    at = colon + 1;
  }
  return end ? end + 1 : 0;
}

/** The whole file as a byte string; empty when it cannot be read. */
function readAll(path: usize): usize {
  let size: usize = 0;
  let capacity: usize = 2048;
  let text = mustAllocate(realloc(0, capacity));
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  while (fd >= 0) {
    const got = read(fd, text + size, capacity - size - 1);
    if (got <= 0) break;
    size += <usize>got;
    if (size + 1 == capacity) {
      capacity *= 2;
      text = mustAllocate(realloc(text, capacity));
    }
  }
  if (fd >= 0) close(fd);
  store<u8>(text + size, 0);
  if (size) return text;
  free(text);
  return 0;
}
