// stat: types, sizes, numbers; the same for a path and for a descriptor.

import { Errno } from '../lib/errno';
import { access, Access, close, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { FileType, fstat, lstat, Stat, stat } from '../lib/stat';
import { check, checkEqual, checkError, finish } from '../lib/test';

const one = changetype<Stat>(memory.data(144, 8));
const other = changetype<Stat>(memory.data(144, 8));

function typeOf(path: string): u32 {
  return stat(literal(path), one) == 0 ? one.mode & FileType.mask : 0;
}

export function main(): i32 {
  checkEqual(typeOf('/bin'), FileType.directory, '/bin');
  checkEqual(typeOf('/'), FileType.directory, '/');
  checkEqual(typeOf('/bin/true'), FileType.regular, '/bin/true');
  check(one.size > 0, 'the size of /bin/true');
  check((one.mode & 0o111) != 0, '/bin/true is not executable');
  check(one.blockSize > 0 && one.blocks >= 0, 'blocks');
  const fd = open(literal('/bin/true'), Open.readOnly);
  checkEqual(fstat(fd, other), 0, 'fstat');
  check(one.inode == other.inode && one.size == other.size, 'stat and fstat differ');
  check(one.device == other.device && one.mode == other.mode, 'stat and fstat differ in device or mode');
  close(fd);
  checkEqual(stat(literal('/bin/false'), other), 0, 'another file');
  check(one.inode != other.inode || one.device != other.device, 'two files have one inode number');
  checkEqual(typeOf('/dev/null'), FileType.character, '/dev/null');
  checkEqual(one.rdev, (1 << 8) | 3, 'device number of /dev/null');
  checkEqual(typeOf('/dev/zero'), FileType.character, '/dev/zero');
  checkEqual(one.rdev, (1 << 8) | 5, 'device number of /dev/zero');
  checkEqual(typeOf('/proc'), FileType.directory, '/proc');
  checkError(stat(literal('/nowhere'), one), Errno.NOENT, 'a file that is not there');
  checkError(stat(literal('/bin/true/'), one), Errno.NOTDIR, 'a file with a slash behind it');
  checkError(lstat(literal(''), one), Errno.NOENT, 'an empty path');
  checkEqual(access(literal('/bin/true'), Access.read | Access.execute), 0, 'access');
  checkError(access(literal('/nowhere'), Access.exists), Errno.NOENT, 'access to nothing');
  return finish('stat', 'struct stat of x86-64 has 144 bytes; device numbers are those of Linux');
}
