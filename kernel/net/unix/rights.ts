/**
 * Ancillary data (struct cmsghdr: length u64, level i32, type i32, then data, padded to 8): SCM_RIGHTS gives files away,
 * SCM_CREDENTIALS says who sends (unix(7), cmsg(3)).
 */
import { fdGet, fdInstall } from '../../fs/fd-table';
import { File, fileRelease } from '../../fs/file';
import { EBADF, EINVAL, ENOMEM, EPERM, ETOOMANYREFS } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { RLIMIT_NOFILE, limitOf } from '../../proc/limits';
import { currentProcess } from '../../proc/process';
import { copyToUser } from '../../syscall/user-copy';
import { UnixMessage } from './buffer';
import { filesInFlight } from './flight';

const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;
const SCM_CREDENTIALS: i32 = 2;
const HEADER: usize = 16;
const CREDENTIALS_SIZE: usize = 12;
/** SCM_MAX_FD. */
const MAX_FILES: u32 = 253;

/** Who sends, unless a control message says otherwise. */
export function stampSender(m: UnixMessage): void {
  const who = currentCredentials();
  m.pid = currentProcess().pid;
  m.uid = who.uid;
  m.gid = who.gid;
}

/** Reads the control messages at `control` (kernel memory) into the message: 0 or a negative errno. */
export function takeControl(m: UnixMessage, control: usize, size: usize): i32 {
  let at: usize = 0;
  while (size - at >= HEADER) {
    const length = load<usize>(control + at);
    if (length < HEADER || length > size - at) return -EINVAL;
    if (load<i32>(control + at, 8) == SOL_SOCKET) {
      const error = takeOne(m, load<i32>(control + at, 12), control + at + HEADER, length - HEADER);
      if (error != 0) return error;
    }
    const step = (length + 7) & ~7;
    if (step >= size - at) break;
    at += step;
  }
  return 0;
}

function takeOne(m: UnixMessage, type: i32, data: usize, length: usize): i32 {
  if (type == SCM_RIGHTS) return takeFiles(m, data, <u32>(length / 4));
  if (type != SCM_CREDENTIALS || length != CREDENTIALS_SIZE) return -EINVAL;
  const who = currentCredentials();
  const uid = load<u32>(data, 4);
  const gid = load<u32>(data, 8);
  const isOwn =
    load<i32>(data) == currentProcess().pid &&
    (uid == who.uid || uid == who.euid || uid == who.suid) &&
    (gid == who.gid || gid == who.egid || gid == who.sgid);
  if (!isOwn && !isSuperuser(who)) return -EPERM;
  m.pid = load<i32>(data);
  m.uid = uid;
  m.gid = gid;
  return 0;
}

function takeFiles(m: UnixMessage, data: usize, count: u32): i32 {
  if (count == 0) return 0;
  if (m.fileCount + count > MAX_FILES) return -EINVAL;
  if (<u64>filesInFlight() > limitOf(currentProcess(), RLIMIT_NOFILE) && !isSuperuser(currentCredentials()))
    return -ETOOMANYREFS;
  if (m.files == 0) {
    m.files = kmalloc(<usize>MAX_FILES * 8);
    if (m.files == 0) return -ENOMEM;
  }
  for (let n: u32 = 0; n < count; n++) {
    const file = fdGet(currentProcess().files, load<i32>(data + <usize>n * 4));
    if (file == null) return -EBADF;
    store<usize>(m.files + <usize>m.fileCount * 8, changetype<usize>(file));
    m.fileCount++;
  }
  return 0;
}

/** For a message that was not sent: gives its files back. */
export function dropFiles(m: UnixMessage): void {
  for (let n: u32 = 0; n < m.fileCount; n++) {
    fileRelease(changetype<File>(load<usize>(m.files + <usize>n * 8)));
  }
  kfree(m.files);
  m.files = 0;
  m.fileCount = 0;
}

/** Where control messages go: user memory, how much room, how much used; and whether something did not fit. */
@unmanaged
export class ControlOut {
  address: u64;
  room: usize;
  used: usize;
  truncated: bool;
  closeOnExec: bool;
}

function put(out: ControlOut, type: i32, data: usize, length: usize, scratch: usize): void {
  const left = out.room - out.used;
  if (left < HEADER) {
    out.truncated = true;
    return;
  }
  const fits = min(HEADER + length, left);
  if (fits < HEADER + length) out.truncated = true;
  store<usize>(scratch, fits);
  store<i32>(scratch, SOL_SOCKET, 8);
  store<i32>(scratch, type, 12);
  if (data != scratch + HEADER) memory.copy(scratch + HEADER, data, length);
  copyToUser(out.address + <u64>out.used, scratch, fits);
  out.used = min(out.used + ((fits + 7) & ~7), out.room);
}

export function putCredentials(out: ControlOut, m: UnixMessage, scratch: usize): void {
  put(out, SCM_CREDENTIALS, changetype<usize>(m) + offsetof<UnixMessage>('pid'), CREDENTIALS_SIZE, scratch);
}

/** Installs the message's files in the calling process and tells their descriptors; those that do not fit are closed. */
export function putFiles(out: ControlOut, files: usize, count: u32, scratch: usize): void {
  const left = out.room - out.used;
  let room: u32 = left < HEADER ? 0 : <u32>((left - HEADER) / 4);
  if (room > count) room = count;
  let given: u32 = 0;
  for (; given < room; given++) {
    const file = changetype<File>(load<usize>(files + <usize>given * 8));
    const fd = fdInstall(currentProcess().files, file, 0, out.closeOnExec);
    if (fd < 0) break;
    store<i32>(scratch + HEADER + <usize>given * 4, fd);
  }
  if (given != 0) put(out, SCM_RIGHTS, scratch + HEADER, <usize>given * 4, scratch);
  if (given < count) out.truncated = true;
  for (let n = given; n < count; n++) fileRelease(changetype<File>(load<usize>(files + <usize>n * 8)));
}

/** Bytes that putFiles and putCredentials need as scratch. */
export const CONTROL_SCRATCH: usize = 1040;
