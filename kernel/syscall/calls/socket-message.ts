/**
 * send(2) and recv(2) with their kin: sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg.
 */
import { File, fileRelease } from '../../fs/file';
import { O_NONBLOCK } from '../../fs/open-flags';
import { isNotifySocket, notifySocketReceive } from '../../ipc/notify-socket';
import { EFAULT, EISCONN, EMSGSIZE, EINVAL, ENOBUFS, ENOMEM, EOPNOTSUPP, EPIPE } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Pieces, piecesCopy } from '../../net/pieces';
import { UnixMessage, messageCreate, messageIsNull } from '../../net/unix/buffer';
import { nameRelease } from '../../net/unix/name';
import { unixOf } from '../../net/unix/ops';
import { CONTROL_SCRATCH, ControlOut, dropFiles, stampSender, takeControl } from '../../net/unix/rights';
import { MSG_CTRUNC, MSG_DONTWAIT, Received, unixReceive } from '../../net/unix/receive';
import { sendMessage, sendStream } from '../../net/unix/send';
import { SOCK_DGRAM, SOCK_STREAM, STATE_CONNECTED, UnixSocket, unixAt, unixPut } from '../../net/unix/socket';
import { signalSelf } from '../../proc/kill-signal';
import { SIGPIPE } from '../../proc/signal-numbers';
import { nowNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser, isUserRange } from '../user-copy';
import { takeDeadline } from './select';
import { findTarget, giveAddress, isSocketError, socketError, socketFile, takeAddress } from './socket';

const MSG_OOB: u32 = 1;
const MSG_NOSIGNAL: u32 = 0x4000;
const MSG_WAITFORONE: u32 = 0x10000;
const MSG_CMSG_CLOEXEC: u32 = 0x40000000;
/** struct msghdr: name, length of it, pieces, number of them, control, length of it, flags. */
const MSGHDR_SIZE: usize = 56;
const MMSGHDR_SIZE: u64 = 64;
const MAX_PIECES: u64 = 1024;
const MAX_CONTROL: u64 = 20480;
const MAX_TOTAL: usize = 0x7ffff000;

const enum Header {
  Name = 0,
  NameLength = 8,
  Pieces = 16,
  PieceCount = 24,
  Control = 32,
  ControlLength = 40,
  Flags = 48,
}

/** Checks the pieces and sums them up: 0, -EFAULT, -EINVAL. */
function measure(p: Pieces): i32 {
  let total: usize = 0;
  for (let n: u32 = 0; n < p.count; n++) {
    const at = p.vectors + <usize>n * 16;
    const length = load<usize>(at, 8);
    if (<isize>length < 0) return -EINVAL;
    if (!isUserRange(load<u64>(at), <u64>length)) return -EFAULT;
    // As in Linux, what is beyond the largest count is cut off.
    const kept = min(length, MAX_TOTAL - total);
    store<usize>(at, kept, 8);
    total += kept;
  }
  p.total = total;
  return 0;
}

/** Pieces of one buffer of user memory, from kmalloc; 0 when out of memory. */
function onePiece(address: u64, count: u64): usize {
  const at = kmalloc(offsetof<Pieces>() + 16);
  if (at == 0) return 0;
  const p = changetype<Pieces>(at);
  p.vectors = at + offsetof<Pieces>();
  p.count = 1;
  store<u64>(p.vectors, address);
  store<u64>(p.vectors, count, 8);
  return at;
}

/** The pieces that a msghdr (kernel copy) names, from kmalloc, in `out`: 0 or a negative errno. */
function takePieces(header: usize, out: usize): i32 {
  const count = load<u64>(header, Header.PieceCount);
  if (count > MAX_PIECES) return -EMSGSIZE;
  const at = kmalloc(offsetof<Pieces>() + <usize>count * 16);
  if (at == 0) return -ENOMEM;
  const p = changetype<Pieces>(at);
  p.vectors = at + offsetof<Pieces>();
  p.count = <u32>count;
  const error = copyFromUser(p.vectors, load<u64>(header, Header.Pieces), <usize>count * 16);
  if (error == 0) store<usize>(out, at);
  else kfree(at);
  return error;
}

/** Sends the pieces, to an address if `addressLength` is not 0 (user memory), with control messages (kernel memory). */
function send(
  file: File,
  p: Pieces,
  address: u64,
  addressLength: u64,
  control: usize,
  controlLength: usize,
  flags: u32,
): i64 {
  if (isNotifySocket(file) || (flags & MSG_OOB) != 0) return -EOPNOTSUPP;
  const measured = measure(p);
  if (measured != 0) return measured;
  const s = unixOf(file);
  const envelope = messageCreate(0);
  if (messageIsNull(envelope)) return -ENOBUFS;
  stampSender(envelope);
  let result: i64 = takeControl(envelope, control, controlLength);
  if (result == 0) {
    const nonBlocking = ((file.flags & O_NONBLOCK) | (flags & MSG_DONTWAIT)) != 0;
    result = sendUnix(s, p, envelope, address, addressLength, nonBlocking);
  }
  dropFiles(envelope);
  kfree(changetype<usize>(envelope));
  if (result == -EPIPE && s.type != SOCK_DGRAM && (flags & MSG_NOSIGNAL) == 0) signalSelf(SIGPIPE);
  return result;
}

function sendUnix(
  s: UnixSocket,
  p: Pieces,
  envelope: UnixMessage,
  address: u64,
  addressLength: u64,
  nonBlocking: bool,
): i64 {
  const named = address != 0 && addressLength != 0;
  if (s.type == SOCK_STREAM) {
    if (named) return s.state == STATE_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    return sendStream(s, p, envelope, nonBlocking);
  }
  if (!named || s.type != SOCK_DGRAM) return sendMessage(s, unixAt(0), p, envelope, nonBlocking);
  const scratch = threadScratch(currentThread());
  const at = scratch + 256;
  const length = takeAddress(address, addressLength, at);
  if (length < 0) return length;
  const error = findTarget(at, <u32>length, s.type, scratch);
  if (error != 0) return error;
  const to = unixAt(load<usize>(scratch));
  const result = sendMessage(s, to, p, envelope, nonBlocking);
  unixPut(to);
  return result;
}

export function sysSendto(a: SyscallArgs): i64 {
  const file = socketFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const pieces = onePiece(a.a1, a.a2);
  const result = pieces == 0 ? -ENOMEM : send(file, changetype<Pieces>(pieces), a.a4, a.a5, 0, 0, <u32>a.a3);
  kfree(pieces);
  fileRelease(file);
  return result;
}

function sendHeader(file: File, address: u64, flags: u32): i64 {
  const header = kmalloc(MSGHDR_SIZE + 8);
  if (header == 0) return -ENOMEM;
  let result: i64 = copyFromUser(header, address, MSGHDR_SIZE);
  const slot = header + MSGHDR_SIZE;
  if (result == 0) result = takePieces(header, slot);
  if (result == 0) {
    const pieces = load<usize>(slot);
    const controlLength = load<u64>(header, Header.ControlLength);
    const control = controlLength == 0 || controlLength > MAX_CONTROL ? 0 : kmalloc(<usize>controlLength);
    if (controlLength != 0 && control == 0) result = -ENOBUFS;
    else if (controlLength != 0) {
      result = copyFromUser(control, load<u64>(header, Header.Control), <usize>controlLength);
    }
    const name = load<u64>(header, Header.Name);
    const nameLength = <u64>load<u32>(header, Header.NameLength);
    if (result == 0) {
      const p = changetype<Pieces>(pieces);
      result = send(file, p, name, nameLength, control, <usize>controlLength, flags);
    }
    kfree(control);
    kfree(pieces);
  }
  kfree(header);
  return result;
}

export function sysSendmsg(a: SyscallArgs): i64 {
  const file = socketFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = sendHeader(file, a.a1, <u32>a.a2);
  fileRelease(file);
  return result;
}

export function sysSendmmsg(a: SyscallArgs): i64 {
  const file = socketFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const count = min(a.a2, MAX_PIECES);
  let done: u64 = 0;
  let result: i64 = 0;
  for (; done < count; done++) {
    const at = a.a1 + done * MMSGHDR_SIZE;
    result = sendHeader(file, at, <u32>a.a3);
    if (result < 0) break;
    if (giveWord(at + <u64>MSGHDR_SIZE, <u32>result) != 0) {
      result = -EFAULT;
      break;
    }
  }
  fileRelease(file);
  return done != 0 ? <i64>done : result;
}

function giveWord(address: u64, value: u32): i32 {
  const word = threadScratch(currentThread());
  store<u32>(word, value);
  return copyToUser(address, word, 4);
}

/** Receives into the pieces. `out`: a ControlOut (filled), a Received and CONTROL_SCRATCH bytes, one after the other. */
function receive(file: File, p: Pieces, flags: u32, out: usize): i64 {
  const measured = measure(p);
  if (measured != 0) return measured;
  if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
  const nonBlocking = ((file.flags & O_NONBLOCK) | (flags & MSG_DONTWAIT)) != 0;
  const control = changetype<ControlOut>(out);
  const received = changetype<Received>(out + offsetof<ControlOut>());
  const scratch = out + offsetof<ControlOut>() + offsetof<Received>();
  if (isNotifySocket(file)) {
    const n = notifySocketReceive(file, scratch, min(p.total, 32), nonBlocking);
    return n > 0 && piecesCopy(p, scratch, <usize>n, false) != <usize>n ? -EFAULT : n;
  }
  control.closeOnExec = (flags & MSG_CMSG_CLOEXEC) != 0;
  const result = unixReceive(unixOf(file), p, flags, nonBlocking, control, received, scratch);
  if (control.truncated) received.flags |= MSG_CTRUNC;
  return result;
}

const OUT_SIZE: usize = offsetof<ControlOut>() + offsetof<Received>() + CONTROL_SCRATCH;

function receivedOf(out: usize): Received {
  return changetype<Received>(out + offsetof<ControlOut>());
}

export function sysRecvfrom(a: SyscallArgs): i64 {
  const file = socketFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const out = kmalloc(OUT_SIZE);
  const pieces = onePiece(a.a1, a.a2);
  let result: i64 =
    out == 0 || pieces == 0 ? -ENOMEM : receive(file, changetype<Pieces>(pieces), <u32>a.a3, out);
  if (out != 0) {
    const name = receivedOf(out).name;
    if (result >= 0 && a.a4 != 0) {
      const error = name == 0 ? giveWord(a.a5, 0) : giveAddress(name, a.a4, a.a5);
      if (error != 0) result = error;
    }
    nameRelease(name);
  }
  kfree(pieces);
  kfree(out);
  fileRelease(file);
  return result;
}

function receiveHeader(file: File, address: u64, flags: u32): i64 {
  const header = kmalloc(MSGHDR_SIZE + 8 + OUT_SIZE);
  if (header == 0) return -ENOMEM;
  let result: i64 = copyFromUser(header, address, MSGHDR_SIZE);
  const slot = header + MSGHDR_SIZE;
  const out = slot + 8;
  if (result == 0) result = takePieces(header, slot);
  if (result == 0) {
    const control = changetype<ControlOut>(out);
    control.address = load<u64>(header, Header.Control);
    control.room =
      control.address == 0 ? 0 : min(load<usize>(header, Header.ControlLength), <usize>MAX_CONTROL);
    result = receive(file, changetype<Pieces>(load<usize>(slot)), flags, out);
    kfree(load<usize>(slot));
    if (result >= 0 && giveHeader(header, address, out, flags) != 0) result = -EFAULT;
    nameRelease(receivedOf(out).name);
  }
  kfree(header);
  return result;
}

/** Name, control length and flags back into the caller's msghdr. */
function giveHeader(header: usize, address: u64, out: usize, flags: u32): i32 {
  const received = receivedOf(out);
  const nameAddress = load<u64>(header, Header.Name);
  if (nameAddress != 0) {
    const lengthAddress = address + Header.NameLength;
    const error =
      received.name == 0
        ? giveWord(lengthAddress, 0)
        : giveAddress(received.name, nameAddress, lengthAddress);
    if (error != 0) return error;
  }
  const word = threadScratch(currentThread());
  store<u64>(word, <u64>changetype<ControlOut>(out).used);
  store<u32>(word, received.flags | (flags & MSG_CMSG_CLOEXEC), 8);
  return copyToUser(address + Header.ControlLength, word, 12);
}

export function sysRecvmsg(a: SyscallArgs): i64 {
  const file = socketFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = receiveHeader(file, a.a1, <u32>a.a2);
  fileRelease(file);
  return result;
}

/** As Linux has it, the time-out is looked at after each message only. */
export function sysRecvmmsg(a: SyscallArgs): i64 {
  let deadline: u64 = 0;
  if (a.a4 != 0) {
    const slot = threadScratch(currentThread()) + 16;
    const error = takeDeadline(a.a4, 1, slot);
    if (error != 0) return error;
    deadline = load<u64>(slot);
  }
  const file = socketFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  let flags = <u32>a.a3;
  const waitForOne = (flags & MSG_WAITFORONE) != 0;
  const count = min(a.a2, MAX_PIECES);
  let done: u64 = 0;
  let result: i64 = 0;
  while (done < count) {
    const at = a.a1 + done * MMSGHDR_SIZE;
    result = receiveHeader(file, at, flags & ~MSG_WAITFORONE);
    if (result < 0) break;
    if (giveWord(at + <u64>MSGHDR_SIZE, <u32>result) != 0) {
      result = -EFAULT;
      break;
    }
    done++;
    if (waitForOne) flags |= MSG_DONTWAIT;
    if (deadline != 0 && nowNs() >= deadline) break;
  }
  fileRelease(file);
  return done != 0 ? <i64>done : result;
}
