/** timerfd_create(2), timerfd_settime(2), timerfd_gettime(2). */
import { File, fileRelease } from '../../fs/file';
import { installAnonymous } from '../../fs/install';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../fs/open-flags';
import { isTimerFd, timerFdCreate, timerFdGet, timerFdOf, timerFdOps, timerFdSet } from '../../ipc/timerfd';
import { EBADF, EINVAL, EPERM } from '../../lib/errno';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { NS_PER_SECOND } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';

const MODE: u32 = 0o600;
const CLOCK_REALTIME: u64 = 0;
const CLOCK_MONOTONIC: u64 = 1;
const CLOCK_BOOTTIME: u64 = 7;
const CLOCK_REALTIME_ALARM: u64 = 8;
const CLOCK_BOOTTIME_ALARM: u64 = 9;
const TFD_TIMER_ABSTIME: u64 = 1;
const TFD_TIMER_CANCEL_ON_SET: u64 = 2;
/** struct itimerspec: interval and value. */
const ITIMERSPEC_SIZE: usize = 32;
/** Beyond any uptime, and no overflow. */
const MAX_SECONDS: u64 = 8_000_000_000;

export function sysTimerfdCreate(a: SyscallArgs): i64 {
  const clock = a.a0;
  const flags = <u32>a.a1;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return -EINVAL;
  const alarm = clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
  if (!alarm && clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
    return -EINVAL;
  if (alarm && !isSuperuser(currentCredentials())) return -EPERM;
  const realtime = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
  return installAnonymous(MODE, timerFdOps, O_RDWR | flags, timerFdCreate(realtime));
}

function isTimespec(at: usize): bool {
  return load<i64>(at) >= 0 && load<u64>(at, 8) < NS_PER_SECOND;
}

function nanoseconds(at: usize): u64 {
  return min(load<u64>(at), MAX_SECONDS) * NS_PER_SECOND + load<u64>(at, 8);
}

function putTimespec(at: usize, ns: u64): void {
  store<u64>(at, ns / NS_PER_SECOND);
  store<u64>(at, ns % NS_PER_SECOND, 8);
}

/** Value and interval in ns (two words at `state`) as an itimerspec at `address`. */
function giveState(address: u64, state: usize): i32 {
  const out = state + 16;
  putTimespec(out, load<u64>(state, 8));
  putTimespec(out + 16, load<u64>(state));
  return copyToUser(address, out, ITIMERSPEC_SIZE);
}

/** The file of a timer, or null with the errno in `out`. */
function timerFile(fd: u64, out: usize): File {
  const file = fileOf(fd);
  store<i32>(out, -EBADF);
  if (isNullFile(file) || isTimerFd(file)) return file;
  fileRelease(file);
  store<i32>(out, -EINVAL);
  return changetype<File>(<usize>0);
}

export function sysTimerfdSettime(a: SyscallArgs): i64 {
  const scratch = threadScratch(currentThread());
  const wanted = scratch + 64;
  const error = copyFromUser(wanted, a.a2, ITIMERSPEC_SIZE);
  if (error != 0) return error;
  if ((a.a1 & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0) return -EINVAL;
  if (!isTimespec(wanted) || !isTimespec(wanted + 16)) return -EINVAL;
  const interval = nanoseconds(wanted);
  const value = nanoseconds(wanted + 16);
  const file = timerFile(a.a0, scratch);
  if (isNullFile(file)) return load<i32>(scratch);
  const absolute = (a.a1 & TFD_TIMER_ABSTIME) != 0;
  const t = timerFdOf(file);
  const cancel = absolute && t.realtime != 0 && (a.a1 & TFD_TIMER_CANCEL_ON_SET) != 0;
  timerFdSet(t, value, interval, absolute, cancel, scratch);
  fileRelease(file);
  return a.a3 == 0 ? 0 : giveState(a.a3, scratch);
}

export function sysTimerfdGettime(a: SyscallArgs): i64 {
  const scratch = threadScratch(currentThread());
  const file = timerFile(a.a0, scratch);
  if (isNullFile(file)) return load<i32>(scratch);
  timerFdGet(timerFdOf(file), scratch);
  fileRelease(file);
  return giveState(a.a1, scratch);
}
