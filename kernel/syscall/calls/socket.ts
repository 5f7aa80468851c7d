/**
 * Sockets: making, naming, connecting (POSIX socket(), bind(), connect(), accept(); Linux unix(7)). Only the Unix domain
 * exists, and the netlink socket that mq_notify needs.
 */
import { anonymousFile } from '../../fs/anonymous';
import { makeNode } from '../../fs/create';
import { fdClose } from '../../fs/fd-table';
import { File, fileRelease } from '../../fs/file';
import { installAnonymous, installFile } from '../../fs/install';
import { inodeGet } from '../../fs/inode';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../fs/open-flags';
import {
  PathWalk,
  WALK_FOLLOW,
  isNoWalk,
  walkBuffer,
  walkFind,
  walkFree,
  walkStart,
  walkTake,
} from '../../fs/path-walk';
import { MAY_WRITE, inodePermission } from '../../fs/permission';
import { S_IFMT, S_IFSOCK } from '../../fs/stat';
import { isNotifySocket, notifySocketCreate, notifySocketOps } from '../../ipc/notify-socket';
import {
  EADDRINUSE,
  EAFNOSUPPORT,
  EBADF,
  ECONNREFUSED,
  EEXIST,
  EINVAL,
  ENOMEM,
  ENOTCONN,
  ENOTSOCK,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentProcess } from '../../proc/process';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import {
  connectDatagram,
  connectStream,
  unixAccept,
  unixClose,
  unixListen,
  unixShutdown,
} from '../../net/unix/connect';
import {
  AF_UNIX,
  FAMILY_SIZE,
  SOCKADDR_MAX,
  UnixName,
  isAbstract,
  nameBind,
  nameBindAutomatic,
  nameBytes,
  nameCreate,
  nameFind,
  nameRelease,
  nameRetain,
  nodeBind,
  nodeFind,
} from '../../net/unix/name';
import { isUnix, unixOf, unixOps } from '../../net/unix/ops';
import {
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  STATE_CONNECTED,
  UnixSocket,
  unixAt,
  unixCreate,
  unixIsNull,
  unixLock,
  unixPair,
  unixPut,
} from '../../net/unix/socket';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';
import { currentUmask } from './umask';

const AF_UNSPEC: u16 = 0;
const AF_NETLINK: u32 = 16;
/** One beyond the highest address family. */
const AF_MAX: u32 = 46;
const SOCK_RAW: u32 = 3;
const SOCK_TYPE_MASK: u32 = 0xf;
/** One beyond the highest type. */
const SOCK_MAX: u32 = 11;
const SOCKET_MODE: u32 = S_IFSOCK | 0o777;

/** The file of a socket, or a small negative number in disguise: isSocketError, socketError. */
export function socketFile(fd: u64): File {
  const file = fileOf(fd);
  if (isNullFile(file)) return failure(-EBADF);
  if (isUnix(file) || isNotifySocket(file)) return file;
  fileRelease(file);
  return failure(-ENOTSOCK);
}

/** As socketFile, of the Unix domain: what else there is cannot be named or connected (-EOPNOTSUPP). */
export function unixFile(fd: u64): File {
  const file = socketFile(fd);
  if (isSocketError(file) || isUnix(file)) return file;
  fileRelease(file);
  return failure(-EOPNOTSUPP);
}

export function isSocketError(file: File): bool {
  return changetype<usize>(file) > <usize>(<isize>-4096);
}

export function socketError(file: File): i32 {
  return <i32>changetype<usize>(file);
}

function failure(error: i32): File {
  return changetype<File>(<usize>(<isize>error));
}

/** The kind of a Unix socket: its type or a negative errno. */
function unixType(type: u32, protocol: u32): i32 {
  if (protocol != 0 && protocol != <u32>AF_UNIX) return -EPROTONOSUPPORT;
  // As in Linux, raw is taken for datagram.
  if (type == SOCK_RAW) return SOCK_DGRAM;
  if (type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET) return <i32>type;
  return -ESOCKTNOSUPPORT;
}

/** What all domains have in common: 0 or a negative errno. */
function checkKind(domain: u32, type: u32): i32 {
  if ((type & ~(SOCK_TYPE_MASK | O_NONBLOCK | O_CLOEXEC)) != 0) return -EINVAL;
  if (domain >= AF_MAX) return -EAFNOSUPPORT;
  if ((type & SOCK_TYPE_MASK) >= SOCK_MAX || (type & SOCK_TYPE_MASK) == 0) return -EINVAL;
  return domain == <u32>AF_UNIX || domain == AF_NETLINK ? 0 : -EAFNOSUPPORT;
}

/** An open file for the socket, whose reference it takes over; null when out of memory. */
function fileFor(s: UnixSocket, flags: u32): File | null {
  const file = anonymousFile(SOCKET_MODE, unixOps, O_RDWR | (flags & O_NONBLOCK), changetype<usize>(s));
  if (file == null) unixPut(s);
  else s.file = changetype<usize>(file);
  return file;
}

export function sysSocket(a: SyscallArgs): i64 {
  const domain = <u32>a.a0;
  const type = <u32>a.a1;
  const refused = checkKind(domain, type);
  if (refused != 0) return refused;
  const flags = type & (O_NONBLOCK | O_CLOEXEC);
  if (domain == AF_NETLINK) {
    const kind = type & SOCK_TYPE_MASK;
    if (kind != SOCK_RAW && kind != SOCK_DGRAM) return -ESOCKTNOSUPPORT;
    if (a.a2 != 0) return -EPROTONOSUPPORT;
    return installAnonymous(SOCKET_MODE, notifySocketOps, O_RDWR | flags, notifySocketCreate());
  }
  const kind = unixType(type & SOCK_TYPE_MASK, <u32>a.a2);
  if (kind < 0) return kind;
  const s = unixCreate(<u32>kind);
  if (unixIsNull(s)) return -ENOMEM;
  const file = fileFor(s, flags);
  return file == null ? -ENOMEM : installFile(file, (flags & O_CLOEXEC) != 0);
}

export function sysSocketpair(a: SyscallArgs): i64 {
  const type = <u32>a.a1;
  const refused = checkKind(<u32>a.a0, type);
  if (refused != 0) return refused;
  if (a.a0 == AF_NETLINK) return -EOPNOTSUPP;
  const kind = unixType(type & SOCK_TYPE_MASK, <u32>a.a2);
  if (kind < 0) return kind;
  const one = unixCreate(<u32>kind);
  if (unixIsNull(one)) return -ENOMEM;
  const other = unixCreate(<u32>kind);
  if (unixIsNull(other)) {
    unixPut(one);
    return -ENOMEM;
  }
  const flags = lockIrqSave(unixLock());
  unixPair(one, other);
  if (kind == SOCK_DGRAM) {
    one.state = STATE_CONNECTED;
    other.state = STATE_CONNECTED;
  }
  unlockIrqRestore(unixLock(), flags);
  return installPair(one, other, type, a.a3);
}

function installPair(one: UnixSocket, other: UnixSocket, flags: u32, address: u64): i64 {
  const first = fileFor(one, flags);
  if (first == null) {
    unixClose(other);
    return -ENOMEM;
  }
  const second = fileFor(other, flags);
  if (second == null) {
    fileRelease(first);
    return -ENOMEM;
  }
  const cloexec = (flags & O_CLOEXEC) != 0;
  const from = installFile(first, cloexec);
  if (from < 0) {
    fileRelease(second);
    return from;
  }
  const files = currentProcess().files;
  const to = installFile(second, cloexec);
  if (to < 0) {
    fdClose(files, from);
    return to;
  }
  const numbers = threadScratch(currentThread());
  store<i32>(numbers, from);
  store<i32>(numbers, to, 4);
  const error = copyToUser(address, numbers, 8);
  if (error == 0) return 0;
  fdClose(files, from);
  fdClose(files, to);
  return error;
}

/** A sockaddr_un from user memory at `out` (128 bytes), closed by a zero: its length or a negative errno. */
export function takeAddress(address: u64, length: u64, out: usize): i32 {
  if (length < FAMILY_SIZE || length > SOCKADDR_MAX) return -EINVAL;
  const error = copyFromUser(out, address, <usize>length);
  if (error != 0) return error;
  store<u8>(out + <usize>length, 0);
  return <i32>length;
}

/** Writes a socket's address (0: one without a name) and its length, as getsockname does: 0 or -EFAULT, -EINVAL. */
export function giveAddress(name: usize, address: u64, lengthAddress: u64): i32 {
  const scratch = threadScratch(currentThread());
  const error = copyFromUser(scratch, lengthAddress, 4);
  if (error != 0) return error;
  const room = load<i32>(scratch);
  if (room < 0) return -EINVAL;
  let length: u32 = FAMILY_SIZE;
  store<u16>(scratch, AF_UNIX);
  let bytes = scratch;
  if (name != 0) {
    length = changetype<UnixName>(name).length;
    bytes = nameBytes(changetype<UnixName>(name));
  }
  const failed = copyToUser(address, bytes, <usize>min(<u32>room, length));
  if (failed != 0) return failed;
  store<u32>(scratch, length);
  return copyToUser(lengthAddress, scratch, 4);
}

/** A walk along the path of a sockaddr_un at `address` (kernel memory, closed by a zero); null when out of memory. */
function walkTo(address: usize): PathWalk {
  const w = walkTake();
  if (isNoWalk(w)) return w;
  memory.copy(walkBuffer(w), address + FAMILY_SIZE, SOCKADDR_MAX - FAMILY_SIZE);
  store<u8>(walkBuffer(w) + SOCKADDR_MAX - FAMILY_SIZE, 0);
  walkStart(w, currentProcess().fs, null, walkBuffer(w));
  return w;
}

function bindPath(s: UnixSocket, address: usize, name: UnixName): i32 {
  const w = walkTo(address);
  if (isNoWalk(w)) return -ENOMEM;
  let error = makeNode(w, S_IFSOCK | (0o777 & ~currentUmask()), 0);
  if (error == 0) {
    const inode = w.child.inode;
    inodeGet(inode);
    nodeBind(s, name, inode);
  } else if (error == -EEXIST) error = -EADDRINUSE;
  walkFree(w);
  return error;
}

export function sysBind(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = bind(unixOf(file), a.a1, a.a2);
  fileRelease(file);
  return result;
}

function bind(s: UnixSocket, address: u64, size: u64): i32 {
  const at = threadScratch(currentThread()) + 256;
  const length = takeAddress(address, size, at);
  if (length < 0) return length;
  if (load<u16>(at) != AF_UNIX) return -EINVAL;
  if (s.name != 0) return -EINVAL;
  if (<u32>length == FAMILY_SIZE) return nameBindAutomatic(s);
  const abstract_ = isAbstract(at, <u32>length);
  let used = <u32>length;
  if (!abstract_) {
    // A path ends at its zero, which is counted.
    used = FAMILY_SIZE;
    while (used < <u32>length && load<u8>(at + used) != 0) used++;
    used++;
  }
  const name = nameCreate(at, used);
  if (name == null) return -ENOMEM;
  const error = abstract_ ? nameBind(s, name) : bindPath(s, at, name);
  if (error != 0) nameRelease(changetype<usize>(name));
  return error;
}

/** The socket of an address, with a reference, in `out`: 0 or a negative errno. */
export function findTarget(at: usize, length: u32, type: u32, out: usize): i32 {
  if (load<u16>(at) != AF_UNIX || length == FAMILY_SIZE) return -EINVAL;
  if (isAbstract(at, length)) {
    const s = nameFind(at, length, type);
    store<usize>(out, changetype<usize>(s));
    return unixIsNull(s) ? -ECONNREFUSED : 0;
  }
  const w = walkTo(at);
  if (isNoWalk(w)) return -ENOMEM;
  let error = walkFind(w, WALK_FOLLOW);
  if (error == 0) error = inodePermission(w.found, MAY_WRITE, w.who);
  if (error == 0 && (w.found.mode & S_IFMT) != S_IFSOCK) error = -ECONNREFUSED;
  if (error == 0) {
    const s = nodeFind(w.found);
    store<usize>(out, changetype<usize>(s));
    if (unixIsNull(s)) error = -ECONNREFUSED;
  }
  walkFree(w);
  return error;
}

export function sysConnect(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = connect(unixOf(file), a.a1, a.a2, (file.flags & O_NONBLOCK) != 0);
  fileRelease(file);
  return result;
}

function connect(s: UnixSocket, address: u64, size: u64, nonBlocking: bool): i32 {
  const scratch = threadScratch(currentThread());
  const at = scratch + 256;
  const length = takeAddress(address, size, at);
  if (length < 0) return length;
  if (s.type == SOCK_DGRAM && load<u16>(at) == AF_UNSPEC) return connectDatagram(s, unixAt(0));
  let error = findTarget(at, <u32>length, s.type, scratch);
  if (error != 0) return error;
  const to = unixAt(load<usize>(scratch));
  error = s.type == SOCK_DGRAM ? connectDatagram(s, to) : connectStream(s, to, nonBlocking);
  unixPut(to);
  return error;
}

export function sysListen(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = unixListen(unixOf(file), <i32>a.a1);
  fileRelease(file);
  return result;
}

export function sysAccept(a: SyscallArgs): i64 {
  return accept(a, 0);
}

export function sysAccept4(a: SyscallArgs): i64 {
  const flags = <u32>a.a3;
  return (flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0 ? -EINVAL : accept(a, flags);
}

function accept(a: SyscallArgs, flags: u32): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const slot = threadScratch(currentThread());
  const error = unixAccept(unixOf(file), (file.flags & O_NONBLOCK) != 0, slot);
  fileRelease(file);
  if (error != 0) return error;
  const s = unixAt(load<usize>(slot));
  const accepted = fileFor(s, flags);
  if (accepted == null) return -ENOMEM;
  if (a.a1 != 0) {
    const name = peerName(s);
    const failed = giveAddress(name, a.a1, a.a2);
    nameRelease(name);
    if (failed != 0) {
      fileRelease(accepted);
      return failed;
    }
  }
  return installFile(accepted, (flags & O_CLOEXEC) != 0);
}

/** The peer's name with a reference; 0: it has none. */
function peerName(s: UnixSocket): usize {
  const flags = lockIrqSave(unixLock());
  const name = s.peer == 0 ? 0 : unixAt(s.peer).name;
  nameRetain(name);
  unlockIrqRestore(unixLock(), flags);
  return name;
}

export function sysGetsockname(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = giveAddress(unixOf(file).name, a.a1, a.a2);
  fileRelease(file);
  return result;
}

export function sysGetpeername(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const s = unixOf(file);
  let result = -ENOTCONN;
  if (s.peer != 0) {
    const name = peerName(s);
    result = giveAddress(name, a.a1, a.a2);
    nameRelease(name);
  }
  fileRelease(file);
  return result;
}

export function sysShutdown(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = unixShutdown(unixOf(file), <u32>a.a1);
  fileRelease(file);
  return result;
}
