// What is mounted where: /proc/self/mounts.
//
// Rules: records and their strings are the caller's for ever. Source: proc(5), fstab(5): fields with spaces between
// them, spaces within as \040.

import { duplicateRange } from './bytes';
import { open, Open, close } from './file';
import { List } from './list';
import { literal } from './literal';
import { make, mustAllocate } from './malloc';
import { closeReader, nextLine, openReader } from './reader';

@unmanaged
@final
export class Mount {
  device: usize;
  directory: usize;
  type: usize;
  options: usize;
  /** Columns 5 and 6 of fstab. */
  dump: usize;
  pass: usize;
}

let failure: i32 = 0;

/** Why the last list is empty: negative errno. */
export function mountsError(): i32 {
  return failure;
}

/** The mounts, in the order in which they were made. */
export function currentMounts(): List {
  return readMounts(literal('/proc/self/mounts'));
}

/** The Mount records of a file in this form, such as /etc/fstab. */
export function readMounts(path: usize): List {
  const list = make<List>();
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  failure = min<i32>(fd, 0);
  const reader = openReader(fd);
  if (!reader) return list;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    next = line;
    const mount = make<Mount>();
    mount.device = field();
    if (!load<u8>(mount.device) || load<u8>(mount.device) == 0x23) continue;
    mount.directory = field();
    mount.type = field();
    mount.options = field();
    mount.dump = field();
    mount.pass = field();
    if (load<u8>(mount.type)) list.append(changetype<usize>(mount));
  }
  closeReader(reader);
  close(fd);
  return list;
}

let next: usize = 0;

function field(): usize {
  while (load<u8>(next) == 0x20 || load<u8>(next) == 9) next++;
  const start = next;
  while (load<u8>(next) && load<u8>(next) != 0x20 && load<u8>(next) != 9) next++;
  const text = mustAllocate(duplicateRange(start, next - start));
  let to = text;
  for (let at = text; load<u8>(at); at++) {
    let byte = load<u8>(at);
    if (byte == 0x5c && isOctal(at + 1) && isOctal(at + 2) && isOctal(at + 3)) {
      byte = ((load<u8>(at, 1) - 0x30) << 6) | ((load<u8>(at, 2) - 0x30) << 3) | (load<u8>(at, 3) - 0x30);
      at += 3;
    }
    store<u8>(to++, byte);
  }
  store<u8>(to, 0);
  return text;
}

function isOctal(at: usize): bool {
  return load<u8>(at) >= 0x30 && load<u8>(at) <= 0x37;
}
