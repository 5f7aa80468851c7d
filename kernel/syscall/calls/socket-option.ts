/** getsockopt(2) and setsockopt(2): options of SOL_SOCKET (POSIX; Linux socket(7), unix(7)). */
import { File, fileRelease } from '../../fs/file';
import { EDOM, EFAULT, EINVAL, ENOPROTOOPT, EOPNOTSUPP, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { unixOf } from '../../net/unix/ops';
import { STATE_LISTENING, UnixSocket, unixLock } from '../../net/unix/socket';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { NS_PER_SECOND } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';
import { isSocketError, socketError, unixFile } from './socket';

const SOL_SOCKET: u64 = 1;
const AF_UNIX: i32 = 1;

const enum Option {
  Debug = 1,
  ReuseAddress = 2,
  Type = 3,
  Error = 4,
  DontRoute = 5,
  Broadcast = 6,
  SendBuffer = 7,
  ReceiveBuffer = 8,
  KeepAlive = 9,
  OutOfBandInline = 10,
  Priority = 12,
  Linger = 13,
  ReusePort = 15,
  PassCredentials = 16,
  PeerCredentials = 17,
  ReceiveLow = 18,
  SendLow = 19,
  ReceiveTimeout = 20,
  SendTimeout = 21,
  Timestamp = 29,
  AcceptConnections = 30,
  SendBufferForce = 32,
  ReceiveBufferForce = 33,
  Protocol = 38,
  Domain = 39,
}

/** Flags that are kept and change nothing here: there is no network to route on. */
const STORED: u64 =
  (1 << Option.Debug) |
  (1 << Option.ReuseAddress) |
  (1 << Option.DontRoute) |
  (1 << Option.Broadcast) |
  (1 << Option.KeepAlive) |
  (1 << Option.OutOfBandInline) |
  (1 << Option.ReusePort) |
  (1 << Option.Timestamp);
/** SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF; the largest an ordinary user may set, before doubling. */
const MIN_SEND: u32 = 4608;
const MIN_RECEIVE: u32 = 2304;
const MAX_BUFFER: u32 = 212992;
const MAX_FORCED: u32 = 0x3fffffff;
const MAX_SECONDS: u64 = 4_000_000_000;

/** The value of an option at `at`: its size, or a negative errno. */
function get(s: UnixSocket, option: u32, at: usize): i32 {
  memory.fill(at, 0, 16);
  if (option < 32 && ((STORED >> option) & 1) != 0) {
    store<i32>(at, <i32>((s.flagOptions >> option) & 1));
    return 4;
  }
  if (option == Option.PeerCredentials) {
    const known = s.peerPid != 0;
    store<i32>(at, s.peerPid);
    store<u32>(at, known ? s.peerUid : u32.MAX_VALUE, 4);
    store<u32>(at, known ? s.peerGid : u32.MAX_VALUE, 8);
    return 12;
  }
  if (option == Option.ReceiveTimeout || option == Option.SendTimeout) {
    const ns = option == Option.ReceiveTimeout ? s.receiveTimeoutNs : s.sendTimeoutNs;
    store<u64>(at, ns / NS_PER_SECOND);
    store<u64>(at, (ns % NS_PER_SECOND) / 1000, 8);
    return 16;
  }
  if (option == Option.Linger) return 8;
  const value = number(s, option);
  if (value < 0) return <i32>value;
  store<i32>(at, <i32>value);
  return 4;
}

/** Options that are one number; -ENOPROTOOPT for one that is none. */
function number(s: UnixSocket, option: u32): i64 {
  if (option == Option.Type) return s.type;
  if (option == Option.Domain) return AF_UNIX;
  if (option == Option.Protocol || option == Option.Priority) return 0;
  if (option == Option.SendBuffer) return s.sendLimit;
  if (option == Option.ReceiveBuffer) return s.receiveLimit;
  if (option == Option.PassCredentials) return s.passCredentials;
  if (option == Option.ReceiveLow || option == Option.SendLow) return 1;
  if (option == Option.AcceptConnections) return s.state == STATE_LISTENING ? 1 : 0;
  if (option != Option.Error) return -ENOPROTOOPT;
  const flags = lockIrqSave(unixLock());
  const error = s.error;
  s.error = 0;
  unlockIrqRestore(unixLock(), flags);
  return error;
}

export function sysGetsockopt(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = getOption(file, a);
  fileRelease(file);
  return result;
}

function getOption(file: File, a: SyscallArgs): i64 {
  if (a.a1 != SOL_SOCKET) return -EOPNOTSUPP;
  const scratch = threadScratch(currentThread());
  if (copyFromUser(scratch, a.a4, 4) != 0) return -EFAULT;
  const room = load<i32>(scratch);
  if (room < 0) return -EINVAL;
  const size = get(unixOf(file), <u32>a.a2, scratch + 16);
  if (size < 0) return size;
  const given = min(size, room);
  if (copyToUser(a.a3, scratch + 16, <usize>given) != 0) return -EFAULT;
  store<i32>(scratch, given);
  return copyToUser(a.a4, scratch, 4);
}

export function sysSetsockopt(a: SyscallArgs): i64 {
  const file = unixFile(a.a0);
  if (isSocketError(file)) return socketError(file);
  const result = setOption(unixOf(file), a);
  fileRelease(file);
  return result;
}

function setOption(s: UnixSocket, a: SyscallArgs): i64 {
  if (a.a1 != SOL_SOCKET) return -EOPNOTSUPP;
  const option = <u32>a.a2;
  const scratch = threadScratch(currentThread());
  if (option == Option.ReceiveTimeout || option == Option.SendTimeout) {
    if (a.a4 < 16) return -EINVAL;
    if (copyFromUser(scratch, a.a3, 16) != 0) return -EFAULT;
    const microseconds = load<i64>(scratch, 8);
    if (microseconds < 0 || microseconds >= 1000000) return -EDOM;
    const seconds = load<i64>(scratch);
    // As in Linux a negative time is none, and waits not at all; 1 ns stands for that.
    const ns = seconds < 0 ? 1 : min(<u64>seconds, MAX_SECONDS) * NS_PER_SECOND + <u64>microseconds * 1000;
    if (option == Option.ReceiveTimeout) s.receiveTimeoutNs = ns;
    else s.sendTimeoutNs = ns;
    return 0;
  }
  if (a.a4 < 4) return -EINVAL;
  if (copyFromUser(scratch, a.a3, 4) != 0) return -EFAULT;
  const value = load<i32>(scratch);
  if (option < 32 && ((STORED >> option) & 1) != 0) {
    const bit = (<u64>1) << (<u64>option);
    s.flagOptions = value != 0 ? s.flagOptions | bit : s.flagOptions & ~bit;
    return 0;
  }
  if (option == Option.PassCredentials) {
    s.passCredentials = value != 0 ? 1 : 0;
    return 0;
  }
  return setSize(s, option, value);
}

function setSize(s: UnixSocket, option: u32, value: i32): i64 {
  const forced = option == Option.SendBufferForce || option == Option.ReceiveBufferForce;
  if (forced && !isSuperuser(currentCredentials())) return -EPERM;
  const wanted = min(value < 0 ? MAX_BUFFER : <u32>value, forced ? MAX_FORCED : MAX_BUFFER);
  // Twice, as socket(7) says, for what Linux needs besides the bytes.
  if (option == Option.SendBuffer || option == Option.SendBufferForce) {
    s.sendLimit = max(wanted * 2, MIN_SEND);
    return 0;
  }
  if (option == Option.ReceiveBuffer || option == Option.ReceiveBufferForce) {
    s.receiveLimit = max(wanted * 2, MIN_RECEIVE);
    return 0;
  }
  if (option == Option.Linger || option == Option.Priority || option == Option.ReceiveLow) return 0;
  return -ENOPROTOOPT;
}
