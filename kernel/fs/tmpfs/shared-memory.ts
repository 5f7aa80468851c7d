/**
 * Files of a tmpfs that is mounted nowhere: shared anonymous memory, memfd_create(2), SysV segments.
 */
import { ENOMEM, isErrno } from '../../lib/errno';
import { commit, uncommit } from '../../mm/commit';
import { kmalloc } from '../../mm/kmalloc';
import { File, fileCreateNameless } from '../file';
import { Inode, inodePut } from '../inode';
import { O_RDWR } from '../open-flags';
import { S_IFREG } from '../stat';
import { SuperBlock, superBlockCreate } from '../super-block';
import { currentCredentials } from '../../proc/credentials';
import { SEAL_EXEC, SEAL_SEAL, tmpSetHiddenName, tmpSetSeals } from './seals';
import { tmpCreateInode, tmpSetCommitted, tmpfsAttach } from './tmpfs';

/** Longest name of memfd_create(2). */
export const MEMFD_NAME_MAX: usize = 249;

const NAME = memory.data<u8>([0x74, 0x6d, 0x70, 0x66, 0x73, 0]);
const DELETED = ' (deleted)';
const slot = memory.data(8, 8);
let hidden: SuperBlock | null = null;

/** The tmpfs of all of these, without limits; null when out of memory. */
function superBlock(): SuperBlock | null {
  if (hidden != null) return hidden;
  const made = superBlockCreate(NAME, NAME);
  if (made == null || !tmpfsAttach(made)) return null;
  hidden = made;
  return made;
}

/** A file without a name of `size` bytes, open for reading and writing: its File, or a negative errno (isErrno). */
function create(mode: u32, size: u64, seals: u32): i64 {
  const sb = superBlock();
  if (sb == null) return -ENOMEM;
  const error = tmpCreateInode(sb, S_IFREG | mode, slot);
  if (error != 0) return error;
  const inode = changetype<Inode>(load<usize>(slot));
  const who = currentCredentials();
  inode.uid = who.fsuid;
  inode.gid = who.fsgid;
  inode.links = 0;
  inode.size = size;
  tmpSetSeals(inode, seals);
  const file = fileCreateNameless(inode, O_RDWR);
  if (file == null) {
    inodePut(inode);
    return -ENOMEM;
  }
  return <i64>changetype<usize>(file);
}

/** Names a file for /proc: "/", `kind`, the name, " (deleted)" as Linux has it. Without memory it stays nameless. */
function nameFile(file: i64, kind: string, name: usize, length: i32): void {
  const text = kmalloc(<usize>(1 + kind.length + length + DELETED.length + 1));
  if (text == 0) return;
  store<u8>(text, 0x2f);
  let at = text + 1;
  for (let i = 0; i < kind.length; i++) store<u8>(at++, <u8>kind.charCodeAt(i));
  memory.copy(at, name, length);
  at += length;
  for (let i = 0; i < DELETED.length; i++) store<u8>(at++, <u8>DELETED.charCodeAt(i));
  tmpSetHiddenName(changetype<File>(<usize>file).inode, text);
}

/**
 * A file for memory that is shared between processes; with `accounted` its pages are promised memory as long as it lives.
 * The File with one reference, or a negative errno (isErrno).
 */
export function sharedMemoryFile(name: string, size: u64, accounted: bool): i64 {
  const pages = (size + 4095) >> 12;
  if (accounted && !commit(pages)) return -ENOMEM;
  const file = create(0o777, size, SEAL_SEAL);
  if (isErrno(file)) {
    if (accounted) uncommit(pages);
    return file;
  }
  nameFile(file, name, 0, 0);
  if (accounted) tmpSetCommitted(changetype<File>(<usize>file).inode, pages);
  return file;
}

/** memfd_create(2): the File, or a negative errno. */
export function memfdFile(name: usize, length: i32, sealable: bool, executable: bool): i64 {
  let seals = sealable ? 0 : SEAL_SEAL;
  if (!executable) seals |= SEAL_EXEC;
  const file = create(executable ? 0o777 : 0o666, 0, seals);
  if (!isErrno(file)) nameFile(file, 'memfd:', name, length);
  return file;
}
