// id, whoami, groups, logname: who runs this. Source: POSIX id, logname; whoami and groups as elsewhere.

import { argument, argumentCount, programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { findUser, findUserById, groupName, groupsOf, userName } from '../lib/passwd';
import { message, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: id [-Ggu [-nr]] [-z] [USER...]
Show the ids of this process, or those that USER would have.
  -u  the user's alone    -g  the group's    -G  all groups    -n  names    -r  real instead of effective ids
`;
const HELP_WHOAMI = `usage: whoami
Print the name of the effective user.
`;
const HELP_GROUPS = `usage: groups [USER...]
Print the groups of this process, or of each USER.
`;
const LONG = 'user=u group=g groups=G name=n real=r zero=z';

const MOST: i32 = 1024;
const groups = memory.data(4096, 4);
let groupCount: i32 = 0;
let uid: u32 = 0;
let gid: u32 = 0;
let effectiveUid: u32 = 0;
let effectiveGid: u32 = 0;
let names = false;
let status: i32 = 0;

export function main(): i32 {
  if (bytesAre(programName(), 'whoami')) return whoami();
  if (bytesAre(programName(), 'groups')) return listGroups();
  let what = 0;
  let real = false;
  let delimiter: u8 = 0x20;
  for (
    let option = nextOption('Gagnruz', HELP, LONG);
    option != END;
    option = nextOption('Gagnruz', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x6e) names = true;
    else if (option == 0x72) real = true;
    else if (option == 0x7a) delimiter = 0;
    else if (option != 0x61) {
      if (what && what != option) {
        reportUsage('cannot print "only" of more than one choice');
        return 1;
      }
      what = option;
    }
  }
  if (!what && (names || real || !delimiter)) {
    reportUsage('printing only names or real IDs requires -u, -g, or -G');
    return 1;
  }
  if (!operandCount()) {
    own();
    show(what, real, delimiter);
  }
  for (let i = operandIndex(); i < argumentCount(); i++) {
    if (describeUser(argument(i))) show(what, real, delimiter);
  }
  return status;
}

/** Fills in what this process is. */
function own(): void {
  uid = <u32>syscall(Sys.getuid);
  gid = <u32>syscall(Sys.getgid);
  effectiveUid = <u32>syscall(Sys.geteuid);
  effectiveGid = <u32>syscall(Sys.getegid);
  // The effective group first; getgroups() may or may not have it.
  store<u32>(groups, effectiveGid);
  const got = syscall(Sys.getgroups, MOST - 1, groups + 4);
  groupCount = 1;
  for (let i = 0; i < <i32>max<i64>(got, 0); i++) {
    const group = load<u32>(groups + 4 + ((<usize>i) << 2));
    if (group == effectiveGid) continue;
    store<u32>(groups + ((<usize>groupCount) << 2), group);
    groupCount++;
  }
}

/** What `user` would be; false after a message. */
function describeUser(word: usize): bool {
  const user = findUser(word);
  if (!user) {
    message().text("'").bytes(word).text("': no such user").newline();
    status = 1;
    return false;
  }
  uid = effectiveUid = user.uid;
  gid = effectiveGid = user.gid;
  groupCount = groupsOf(user.name, user.gid, groups, MOST);
  return true;
}

function show(what: i32, real: bool, delimiter: u8): void {
  if (!what) {
    showAll();
    return;
  }
  if (what == 0x75) one(real ? uid : effectiveUid, true);
  else if (what == 0x67) one(real ? gid : effectiveGid, false);
  else {
    for (let i = 0; i < groupCount; i++) {
      if (i) stdout.byte(delimiter);
      one(load<u32>(groups + ((<usize>i) << 2)), false);
    }
  }
  stdout.byte(delimiter ? 0x0a : 0);
}

function one(number: u32, isUser: bool): void {
  const name = isUser ? userName(number) : groupName(number);
  if (names && name) {
    stdout.bytes(name);
    return;
  }
  if (names) {
    message()
      .text(isUser ? 'cannot find name for user ID ' : 'cannot find name for group ID ')
      .unsigned(number)
      .newline();
    status = 1;
  }
  stdout.unsigned(number);
}

/** `label=number(name)` */
function field(label: string, number: u32, name: usize): void {
  stdout.text(label).unsigned(number);
  if (name) stdout.byte(0x28).bytes(name).byte(0x29);
}

function showAll(): void {
  field('uid=', uid, userName(uid));
  field(' gid=', gid, groupName(gid));
  if (effectiveUid != uid) field(' euid=', effectiveUid, userName(effectiveUid));
  if (effectiveGid != gid) field(' egid=', effectiveGid, groupName(effectiveGid));
  for (let i = 0; i < groupCount; i++) {
    const group = load<u32>(groups + ((<usize>i) << 2));
    field(i ? ',' : ' groups=', group, groupName(group));
  }
  stdout.newline();
}

function whoami(): i32 {
  for (let option = nextOption('', HELP_WHOAMI); option != END; option = nextOption('', HELP_WHOAMI))
    return 1;
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const number = <u32>syscall(Sys.geteuid);
  const user = findUserById(number);
  if (!user) {
    message().text('cannot find name for user ID ').unsigned(number).newline();
    return 1;
  }
  stdout.bytes(user.name).newline();
  return 0;
}

function listGroups(): i32 {
  for (let option = nextOption('', HELP_GROUPS); option != END; option = nextOption('', HELP_GROUPS))
    return 1;
  names = true;
  if (!operandCount()) {
    own();
    show(0x47, false, 0x20);
  }
  for (let i = operandIndex(); i < argumentCount(); i++) {
    if (!describeUser(argument(i))) continue;
    stdout.bytes(argument(i)).text(' : ');
    show(0x47, false, 0x20);
  }
  return status;
}
