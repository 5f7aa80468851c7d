// chown, chgrp: change the owner and the group of files. Source: POSIX chown, chgrp.

import { argument, argumentCount, programName } from '../lib/arguments';
import { At, chownAt } from '../lib/at';
import { bytesAre, duplicateRange, findByte } from '../lib/bytes';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { findUser, groupName, parseGroup, parseUser, userName } from '../lib/passwd';
import { statReference } from '../lib/reference';
import { message, reportUsage } from '../lib/report';
import { FileType, Stat } from '../lib/stat';
import { stdout, Stream } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Phase, Visit, walk, WalkFlag } from '../lib/walk';

const HELP_OWNER = `usage: chown [-cfhvR [-H|-L|-P]] [OWNER][:[GROUP]] FILE...
       chown [-cfhvR [-H|-L|-P]] --reference=FILE FILE...
Change the owner and the group of files; OWNER: is OWNER and the group that he logs in with.
  -h  symbolic links themselves         -R  what is below directories, too
  -H, -L, -P  with -R, follow links that are operands, all, none
  -v, -c  say what is done to each, to each that changes    -f  no complaints
`;
const HELP_GROUP = `usage: chgrp [-cfhvR [-H|-L|-P]] GROUP FILE...
       chgrp [-cfhvR [-H|-L|-P]] --reference=FILE FILE...
Change the group of files.
  -h  symbolic links themselves         -R  what is below directories, too
  -H, -L, -P  with -R, follow links that are operands, all, none
  -v, -c  say what is done to each, to each that changes    -f  no complaints
`;
const LONG =
  'recursive=R silent=f quiet=f verbose=v changes=c no-dereference=h dereference=d reference=F: preserve-root=p no-preserve-root=p';

let groupOnly = false;
let recursive = false;
let quiet = false;
let verbose = false;
let changes = false;
let itself = false;
let uid: i64 = -1;
let gid: i64 = -1;
let status: i32 = 0;

export function main(): i32 {
  groupOnly = bytesAre(programName(), 'chgrp');
  const help = groupOnly ? HELP_GROUP : HELP_OWNER;
  permuteOperands();
  let like: usize = 0;
  let flags: u32 = 0;
  const letters = 'HLPRcfhv';
  for (
    let option = nextOption(letters, help, LONG);
    option != END;
    option = nextOption(letters, help, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x52) recursive = true;
    else if (option == 0x66) quiet = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x63) changes = true;
    else if (option == 0x68) itself = true;
    else if (option == 0x64) itself = false;
    else if (option == 0x48) flags = WalkFlag.followOperand;
    else if (option == 0x4c) flags = WalkFlag.followAll;
    else if (option == 0x50) flags = 0;
    else if (option == 0x46) like = optionArgument();
  }
  let first = operandIndex();
  if (like) {
    const found = changetype<Stat>(memory.data(144, 8));
    if (!statReference(like, found)) return 1;
    if (!groupOnly) uid = found.uid;
    gid = found.gid;
  } else if (operandCount() && !parseOwner(argument(first++))) return 1;
  if (first >= argumentCount()) {
    reportUsage(operandCount() ? 'missing operand after the name' : 'missing operand');
    return 1;
  }
  // Without -R a link is followed unless -h; with it only as -H and -L say.
  if (!recursive) flags = itself ? 0 : WalkFlag.followOperand;
  for (let i = first; i < argumentCount(); i++) walk(argument(i), flags, visit);
  return status;
}

function parseOwner(word: usize): bool {
  let group = groupOnly ? word : findByte(word, 0x3a);
  // A dot also separates, unless it belongs to a name.
  if (!group && !findUser(word)) group = findByte(word, 0x2e);
  const owner = groupOnly ? 0 : group ? duplicateRange(word, group - word) : word;
  if (group && !groupOnly) group++;
  if (owner && load<u8>(owner)) {
    uid = parseUser(owner);
    if (uid < 0) return complain('invalid user', word);
    if (group && !load<u8>(group)) {
      const user = findUser(owner);
      if (!user) return complain('invalid spec', word);
      gid = user.gid;
    }
  }
  if (group && load<u8>(group)) {
    gid = parseGroup(group);
    if (gid < 0) return complain('invalid group', word);
  }
  return true;
}

function complain(what: string, word: usize): bool {
  message().text(what).text(": '").bytes(word).text("'").newline();
  return false;
}

function visit(at: Visit): i32 {
  if (at.phase == Phase.missing) return fail('cannot access', at);
  if (at.phase == Phase.unreadable) return fail('cannot read directory', at);
  // Directories are changed when they are left: the new owner may keep us out.
  if (at.phase == Phase.before && recursive) return 0;
  if (at.phase == Phase.cycle) return 0;
  const link = (at.stat.mode & FileType.mask) == FileType.link;
  if (link && !itself && !recursive) {
    at.error = chownAt(at.directory, at.name, uid, gid, 0);
  } else at.error = chownAt(at.directory, at.name, uid, gid, at.followed ? 0 : At.symlinkNoFollow);
  if (at.error < 0) return fail(groupOnly ? 'changing group of' : 'changing ownership of', at);
  const changed = (uid >= 0 && <u32>uid != at.stat.uid) || (gid >= 0 && <u32>gid != at.stat.gid);
  if (verbose || (changes && changed)) tell(at, changed);
  return 1;
}

function tell(at: Visit, changed: bool): void {
  stdout
    .text(changed ? 'changed ' : '')
    .text(groupOnly ? "group of '" : "ownership of '")
    .bytes(at.path);
  stdout.text(changed ? "' from " : "' retained as ");
  if (changed) {
    owner(stdout, at.stat.uid, at.stat.gid);
    stdout.text(' to ');
  }
  owner(stdout, uid < 0 ? at.stat.uid : <u32>uid, gid < 0 ? at.stat.gid : <u32>gid);
  stdout.newline();
}

function owner(out: Stream, user: u32, group: u32): void {
  const name = userName(user);
  const groupText = groupName(group);
  if (!groupOnly) {
    if (name) out.bytes(name);
    else out.unsigned(user);
    out.byte(0x3a);
  }
  if (groupText) out.bytes(groupText);
  else out.unsigned(group);
}

function fail(what: string, at: Visit): i32 {
  status = 1;
  if (quiet) return 1;
  message().text(what).text(" '").bytes(at.path).text("': ").text(errorMessage(at.error)).newline();
  return 1;
}
