/**
 * POSIX message queues: mq_open(2) and its kin. Names come without the slash, which the C library takes off.
 */
import { anonymousFile } from '../../fs/anonymous';
import { File, fileRelease } from '../../fs/file';
import { installFile } from '../../fs/install';
import { O_ACCMODE, O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_WRONLY } from '../../fs/open-flags';
import { S_IFREG } from '../../fs/stat';
import {
  MQ_DEFAULT_MESSAGES,
  MQ_DEFAULT_SIZE,
  MQ_MAX_MESSAGES,
  MQ_MAX_SIZE,
  MQ_NAME_MAX,
  MessageQueue,
  mqCreate,
  mqFind,
  mqGet,
  mqIsNull,
  mqLock,
  mqNamesEnter,
  mqNamesLeave,
  mqNotifyOf,
  mqPut,
  mqUnlink,
} from '../../ipc/mqueue';
import { isMq, mqForgetCaller, mqOf, mqOps } from '../../ipc/mqueue-file';
import { mqReceive, mqSend } from '../../ipc/mqueue-io';
import {
  NOTIFY_COOKIE_SIZE,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGEV_THREAD,
  mqNotifyCookie,
} from '../../ipc/mqueue-notify';
import { isNotifySocket } from '../../ipc/notify-socket';
import { mayAccess } from '../../ipc/permission';
import { EACCES, EBADF, EBUSY, EEXIST, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { SIGNAL_MAX } from '../../proc/signal-numbers';
import { nowNs, realtimeNs } from '../../sched/clock';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser, copyStringFromUser, copyToUser } from '../user-copy';
import { takeTimespec } from './time';
import { currentUmask } from './umask';

/** What root may go up to. */
const HARD_MESSAGES: i64 = 65536;
const HARD_SIZE: i64 = 16 << 20;
const PRIORITY_MAX: u64 = 32768;
/** struct mq_attr: flags, maxmsg, msgsize, curmsgs, four reserved. */
const ATTR_SIZE: usize = 64;
const SIGEVENT_SIZE: usize = 64;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** The name into `buffer` (MQ_NAME_MAX + 2 bytes): its length, or a negative errno. */
function takeName(address: u64, buffer: usize): i32 {
  const length = copyStringFromUser(buffer, address, <usize>MQ_NAME_MAX + 2);
  if (length < 0) return length;
  if (length == 0) return -ENOENT;
  if (length > <i32>MQ_NAME_MAX) return -ENAMETOOLONG;
  for (let i = 0; i < length; i++) if (load<u8>(buffer + <usize>i) == SLASH) return -EACCES;
  const dots = load<u8>(buffer) == DOT && (length == 1 || (length == 2 && load<u8>(buffer, 1) == DOT));
  return dots ? -EACCES : length;
}

export function sysMqOpen(a: SyscallArgs): i64 {
  const memory = kmalloc(<usize>MQ_NAME_MAX + 2 + ATTR_SIZE + 16);
  if (memory == 0) return -ENOMEM;
  const attr = memory;
  const slot = memory + ATTR_SIZE;
  const name = memory + ATTR_SIZE + 8;
  let result: i64 = 0;
  if (a.a3 != 0 && (a.a1 & O_CREAT) != 0) result = copyFromUser(attr, a.a3, ATTR_SIZE);
  if (result == 0) result = takeName(a.a0, name);
  if (result > 0) {
    mqNamesEnter();
    const error = openNamed(name, <u32>result, <u32>a.a1, <u32>a.a2, a.a3 == 0 ? 0 : attr, slot);
    mqNamesLeave();
    result = error == 0 ? openFile(changetype<MessageQueue>(load<usize>(slot)), <u32>a.a1) : error;
  }
  kfree(memory);
  return result;
}

/** The queue with a reference for the caller in `out`. */
function openNamed(name: usize, length: u32, flags: u32, mode: u32, attr: usize, out: usize): i32 {
  const access = flags & O_ACCMODE;
  if (access == O_ACCMODE) return -EINVAL;
  const found = mqFind(name, length);
  if (mqIsNull(found)) return flags & O_CREAT ? createNamed(name, length, mode, attr, out) : -ENOENT;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return -EEXIST;
  const wanted: u32 = (access != O_WRONLY ? 4 : 0) | (access != O_RDONLY ? 2 : 0);
  if (!mayAccess(found.mode, found.uid, found.gid, wanted)) return -EACCES;
  mqGet(found);
  store<usize>(out, changetype<usize>(found));
  return 0;
}

function createNamed(name: usize, length: u32, mode: u32, attr: usize, out: usize): i32 {
  const who = currentCredentials();
  let messages = MQ_DEFAULT_MESSAGES;
  let size = MQ_DEFAULT_SIZE;
  if (attr != 0) {
    const wantedMessages = load<i64>(attr, 8);
    const wantedSize = load<i64>(attr, 16);
    const root = isSuperuser(who);
    if (wantedMessages <= 0 || wantedMessages > (root ? HARD_MESSAGES : MQ_MAX_MESSAGES)) return -EINVAL;
    if (wantedSize <= 0 || wantedSize > (root ? HARD_SIZE : MQ_MAX_SIZE)) return -EINVAL;
    messages = <u32>wantedMessages;
    size = <u32>wantedSize;
  }
  const bits = mode & 0o777 & ~currentUmask();
  return mqCreate(name, length, bits, who.fsuid, who.fsgid, messages, size, out);
}

/** Takes over the caller's reference of the queue. */
function openFile(q: MessageQueue, flags: u32): i64 {
  const kept = flags & (O_ACCMODE | O_NONBLOCK);
  const file = anonymousFile(S_IFREG | q.mode, mqOps, kept, changetype<usize>(q));
  if (file == null) {
    mqPut(q);
    return -ENOMEM;
  }
  file.inode.uid = q.uid;
  file.inode.gid = q.gid;
  // POSIX exec() closes message queues; Linux does it so.
  return installFile(file, true);
}

export function sysMqUnlink(a: SyscallArgs): i64 {
  const name = kmalloc(<usize>MQ_NAME_MAX + 2);
  if (name == 0) return -ENOMEM;
  let result = takeName(a.a0, name);
  if (result > 0) {
    mqNamesEnter();
    const q = mqFind(name, <u32>result);
    const who = currentCredentials();
    if (mqIsNull(q)) result = -ENOENT;
    else if (!isSuperuser(who) && who.fsuid != q.uid) result = -EACCES;
    else result = mqUnlink(q);
    mqNamesLeave();
  }
  kfree(name);
  return result;
}

/** Monotonic deadline of a timespec of the real-time clock; 0 in `out` for none. */
function takeDeadline(address: u64, out: usize): i32 {
  store<u64>(out, 0);
  if (address == 0) return 0;
  const at = takeTimespec(address);
  if (at < 0) return <i32>at;
  const now = realtimeNs();
  store<u64>(out, <u64>at > now ? nowNs() + (<u64>at - now) : 1);
  return 0;
}

/** The file of a queue that is open for what `denied` does not say, or null. */
function queueFile(fd: u64, denied: u32): File {
  const file = fileOf(fd);
  if (isNullFile(file)) return file;
  if (isMq(file) && (file.flags & O_ACCMODE) != denied) return file;
  fileRelease(file);
  return changetype<File>(<usize>0);
}

function timed(a: SyscallArgs, send: bool): i64 {
  if (send && a.a3 >= PRIORITY_MAX) return -EINVAL;
  const slot = kmalloc(8);
  if (slot == 0) return -ENOMEM;
  const error = takeDeadline(a.a4, slot);
  const deadline = load<u64>(slot);
  kfree(slot);
  if (error != 0) return error;
  const file = queueFile(a.a0, send ? O_RDONLY : O_WRONLY);
  if (isNullFile(file)) return -EBADF;
  const nonBlocking = (file.flags & O_NONBLOCK) != 0;
  const result = send
    ? mqSend(mqOf(file), a.a1, a.a2, <u32>a.a3, nonBlocking, deadline)
    : mqReceive(mqOf(file), a.a1, a.a2, a.a3, nonBlocking, deadline);
  fileRelease(file);
  return result;
}

export function sysMqTimedsend(a: SyscallArgs): i64 {
  return timed(a, true);
}

export function sysMqTimedreceive(a: SyscallArgs): i64 {
  return timed(a, false);
}

export function sysMqGetsetattr(a: SyscallArgs): i64 {
  const attr = kmalloc(ATTR_SIZE);
  if (attr == 0) return -ENOMEM;
  let result: i64 = 0;
  let newFlags: u64 = 0;
  if (a.a1 != 0) {
    result = copyFromUser(attr, a.a1, ATTR_SIZE);
    newFlags = load<u64>(attr);
    if (result == 0 && (newFlags & ~(<u64>O_NONBLOCK)) != 0) result = -EINVAL;
  }
  if (result == 0) {
    const file = queueFile(a.a0, O_ACCMODE);
    if (isNullFile(file)) result = -EBADF;
    else {
      memory.fill(attr, 0, ATTR_SIZE);
      const q = mqOf(file);
      store<u64>(attr, <u64>(file.flags & O_NONBLOCK));
      store<u64>(attr, <u64>q.maxMessages, 8);
      store<u64>(attr, <u64>q.messageSize, 16);
      store<u64>(attr, <u64>q.count, 24);
      if (a.a1 != 0) file.flags = (file.flags & ~O_NONBLOCK) | (<u32>newFlags);
      if (a.a2 != 0) result = copyToUser(a.a2, attr, ATTR_SIZE);
      fileRelease(file);
    }
  }
  kfree(attr);
  return result;
}

export function sysMqNotify(a: SyscallArgs): i64 {
  const file = queueFile(a.a0, O_ACCMODE);
  if (a.a1 == 0) {
    if (isNullFile(file)) return -EBADF;
    mqForgetCaller(mqOf(file));
    fileRelease(file);
    return 0;
  }
  const event = kmalloc(SIGEVENT_SIZE + NOTIFY_COOKIE_SIZE);
  let result: i64 = event == 0 ? -ENOMEM : copyFromUser(event, a.a1, SIGEVENT_SIZE);
  if (result == 0) result = checkEvent(event);
  if (result == 0 && isNullFile(file)) result = -EBADF;
  if (result == 0) result = registerNotify(mqOf(file), event);
  if (!isNullFile(file)) fileRelease(file);
  kfree(event);
  return result;
}

/** A sigevent: value, signal, kind. The cookie of SIGEV_THREAD is fetched behind it. */
function checkEvent(event: usize): i32 {
  const signal = load<i32>(event, 8);
  const kind = load<i32>(event, 12);
  if (kind == SIGEV_NONE) return 0;
  if (kind == SIGEV_SIGNAL) return signal < 0 || signal > SIGNAL_MAX ? -EINVAL : 0;
  if (kind != SIGEV_THREAD) return -EINVAL;
  return copyFromUser(event + SIGEVENT_SIZE, load<u64>(event), NOTIFY_COOKIE_SIZE);
}

function registerNotify(q: MessageQueue, event: usize): i32 {
  const kind = load<i32>(event, 12);
  let socket: File = changetype<File>(<usize>0);
  if (kind == SIGEV_THREAD) {
    socket = fileOf(<u64>load<u32>(event, 8));
    if (isNullFile(socket)) return -EBADF;
    if (!isNotifySocket(socket)) {
      fileRelease(socket);
      return -EINVAL;
    }
  }
  const flags = lockIrqSave(mqLock(q));
  const notify = mqNotifyOf(q);
  const free = notify.pid == 0;
  if (free) {
    notify.pid = currentProcess().pid;
    notify.kind = kind;
    notify.signal = load<i32>(event, 8);
    notify.value = load<u64>(event);
    notify.socket = changetype<usize>(socket);
    memory.copy(mqNotifyCookie(notify), event + SIGEVENT_SIZE, NOTIFY_COOKIE_SIZE);
  }
  unlockIrqRestore(mqLock(q), flags);
  if (free) return 0;
  if (!isNullFile(socket)) fileRelease(socket);
  return -EBUSY;
}
