/**
 * Unix sockets as files: read and write without further ado, readiness, closing.
 */
import { File, FileIoctl, FilePoll, FileRelease, FileTransfer } from '../../fs/file';
import { O_NONBLOCK } from '../../fs/open-flags';
import { ENOMEM, ENOTTY, EPIPE } from '../../lib/errno';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from '../../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { signalSelf } from '../../proc/kill-signal';
import { SIGPIPE } from '../../proc/signal-numbers';
import { PollWait, pollRegister } from '../../sched/poll-wait';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { copyToUser } from '../../syscall/user-copy';
import { Pieces } from '../pieces';
import { UnixMessage, messageCreate, messageIsNull } from './buffer';
import { unixClose } from './connect';
import { nameRelease } from './name';
import { unixOf, unixOps } from './ops';
import { CONTROL_SCRATCH, ControlOut, stampSender } from './rights';
import { Received, unixReceive } from './receive';
import { sendMessage, sendStream } from './send';
import {
  SHUTDOWN_BOTH,
  SHUTDOWN_READ,
  SOCK_DGRAM,
  SOCK_STREAM,
  STATE_UNCONNECTED,
  UnixSocket,
  unixAt,
  unixIsWritable,
  unixLock,
  unixReaders,
  unixWriters,
} from './socket';

const FIONREAD: u32 = 0x541b;
const SIOCOUTQ: u32 = 0x5411;

/** A single buffer as pieces, 64 bytes of kernel memory at `at`. */
function single(at: usize, buffer: usize, count: usize): Pieces {
  const p = changetype<Pieces>(at);
  memory.fill(at, 0, offsetof<Pieces>());
  p.vectors = at + offsetof<Pieces>();
  p.count = 1;
  p.total = count;
  store<usize>(p.vectors, buffer);
  store<usize>(p.vectors, count, 8);
  return p;
}

function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  // read(2) of nothing takes nothing, also where recv(2) would take a message.
  if (count == 0) return 0;
  const at = kmalloc(
    offsetof<Pieces>() + 16 + offsetof<ControlOut>() + offsetof<Received>() + CONTROL_SCRATCH,
  );
  if (at == 0) return -ENOMEM;
  const control = at + offsetof<Pieces>() + 16;
  const received = control + offsetof<ControlOut>();
  const result = unixReceive(
    unixOf(file),
    single(at, buffer, count),
    0,
    (file.flags & O_NONBLOCK) != 0,
    changetype<ControlOut>(control),
    changetype<Received>(received),
    received + offsetof<Received>(),
  );
  nameRelease(changetype<Received>(received).name);
  kfree(at);
  return result;
}

function write(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  const s = unixOf(file);
  const envelope = messageCreate(offsetof<Pieces>() + 16);
  if (messageIsNull(envelope)) return -ENOMEM;
  const pieces = single(changetype<usize>(envelope) + offsetof<UnixMessage>(), buffer, count);
  stampSender(envelope);
  const nonBlocking = (file.flags & O_NONBLOCK) != 0;
  const result =
    s.type == SOCK_STREAM
      ? sendStream(s, pieces, envelope, nonBlocking)
      : sendMessage(s, unixAt(0), pieces, envelope, nonBlocking);
  kfree(changetype<usize>(envelope));
  if (result == -EPIPE && s.type != SOCK_DGRAM) signalSelf(SIGPIPE);
  return result;
}

function poll(file: File, wait: PollWait | null): u32 {
  const s = unixOf(file);
  pollRegister(wait, unixReaders(s), POLLIN);
  pollRegister(wait, unixWriters(s), POLLOUT);
  const flags = lockIrqSave(unixLock());
  let bits: u32 = 0;
  if (s.error != 0) bits |= POLLERR;
  if (s.shutdown == SHUTDOWN_BOTH) bits |= POLLHUP;
  if ((s.shutdown & SHUTDOWN_READ) != 0) bits |= POLLRDHUP | POLLIN;
  if (s.queueHead != 0 || s.backlogHead != 0) bits |= POLLIN;
  if (s.type != SOCK_DGRAM && s.state == STATE_UNCONNECTED) bits |= POLLHUP;
  if (unixIsWritable(s)) bits |= POLLOUT;
  unlockIrqRestore(unixLock(), flags);
  return bits;
}

/** Bytes to read: of a stream all, otherwise of the next message. */
function readable(s: UnixSocket): u32 {
  if (s.type == SOCK_STREAM) return <u32>s.queueBytes;
  return s.queueHead == 0 ? 0 : <u32>changetype<UnixMessage>(s.queueHead).length;
}

function ioctl(file: File, request: u32, argument: u64): i64 {
  if (request != FIONREAD && request != SIOCOUTQ) return -ENOTTY;
  const s = unixOf(file);
  const word = threadScratch(currentThread());
  const flags = lockIrqSave(unixLock());
  store<u32>(word, request == FIONREAD ? readable(s) : <u32>s.sentBytes);
  unlockIrqRestore(unixLock(), flags);
  return copyToUser(argument, word, 4);
}

function release(file: File): void {
  unixClose(unixOf(file));
}

export function unixInit(): void {
  const readFunction: FileTransfer = read;
  unixOps.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  unixOps.write = writeFunction.index;
  const pollFunction: FilePoll = poll;
  unixOps.poll = pollFunction.index;
  const ioctlFunction: FileIoctl = ioctl;
  unixOps.ioctl = ioctlFunction.index;
  const releaseFunction: FileRelease = release;
  unixOps.release = releaseFunction.index;
  unixOps.anyMemory = true;
}
