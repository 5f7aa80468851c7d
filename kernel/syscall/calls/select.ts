/**
 * select(2) and pselect6(2) (POSIX select, pselect). As in Linux the time that is left is written back.
 */
import { descriptorLimit } from '../../fs/limits';
import { POLLFD_SIZE, POLL_AT_ONCE, POLL_FOREVER, pollDescriptors } from '../../ipc/poll-set';
import { pollToSelect, selectHasInvalid, selectToPoll } from '../../ipc/select-set';
import { EBADF, EFAULT, EINTR, EINVAL, ENOMEM, ERESTARTNOHAND } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { NS_PER_SECOND, nowNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';
import { beginMask, endMask } from './temporary-mask';

const SETS: usize = 3;
/** Longest time-out in seconds: no overflow, and beyond any uptime. */
const MAX_SECONDS: u64 = 4_000_000_000;

/** A struct timeval (`unit` 1000 ns) or timespec (1) as a deadline in `out`: 0, -EINVAL, -EFAULT. */
export function takeDeadline(address: u64, unit: u64, out: usize): i32 {
  const pair = threadScratch(currentThread());
  const error = copyFromUser(pair, address, 16);
  if (error < 0) return error;
  let seconds = load<i64>(pair);
  let fraction = load<i64>(pair, 8);
  if (unit != 1 && fraction > 0) {
    seconds += fraction / 1000000;
    fraction %= 1000000;
  }
  if (seconds < 0 || fraction < 0 || <u64>fraction * unit >= NS_PER_SECOND) return -EINVAL;
  const span = min(<u64>seconds, MAX_SECONDS) * NS_PER_SECOND + <u64>fraction * unit;
  store<u64>(out, span == 0 ? POLL_AT_ONCE : nowNs() + span);
  return 0;
}

/** Writes what is left until `deadline` back; errors do not matter any more. */
export function giveRemaining(address: u64, unit: u64, deadline: u64): void {
  const now = nowNs();
  const left = deadline == POLL_AT_ONCE || deadline <= now ? 0 : deadline - now;
  const pair = threadScratch(currentThread());
  store<u64>(pair, left / NS_PER_SECOND);
  store<u64>(pair, (left % NS_PER_SECOND) / unit, 8);
  copyToUser(address, pair, 16);
}

export function sysSelect(a: SyscallArgs): i64 {
  return timedSelect(a, 1000, 0, 0);
}

/** The last argument points to the address and the size of a signal set. */
export function sysPselect6(a: SyscallArgs): i64 {
  if (a.a5 == 0) return timedSelect(a, 1, 0, 0);
  const pair = threadScratch(currentThread());
  const error = copyFromUser(pair, a.a5, 16);
  return error != 0 ? error : timedSelect(a, 1, load<u64>(pair), load<u64>(pair, 8));
}

function timedSelect(a: SyscallArgs, unit: u64, mask: u64, maskSize: u64): i64 {
  let deadline = POLL_FOREVER;
  if (a.a4 != 0) {
    const slot = threadScratch(currentThread()) + 16;
    const error = takeDeadline(a.a4, unit, slot);
    if (error != 0) return error;
    deadline = load<u64>(slot);
  }
  const masked = beginMask(mask, maskSize);
  if (masked != 0) return masked;
  const result = selectUser(a, deadline);
  endMask(mask, result);
  if (a.a4 != 0) giveRemaining(a.a4, unit, deadline);
  return result == -EINTR ? -ERESTARTNOHAND : result;
}

/** The three sets in user memory; POLL deadlines. */
export function selectUser(a: SyscallArgs, deadline: u64): i64 {
  if (<i32>a.a0 < 0) return -EINVAL;
  const count = <usize>min(a.a0, <u64>descriptorLimit());
  const words = (count + 63) >> 6;
  const setBytes = SETS * words * 8;
  const memory = kmalloc(setBytes + count * POLLFD_SIZE);
  if (memory == 0) return -ENOMEM;
  const list = memory + setBytes;
  let result: i64 = copySets(a, memory, words, false);
  if (result == 0) {
    const used = selectToPoll(memory, words, count, list);
    result = pollDescriptors(list, used, deadline);
    if (result >= 0) {
      clear(memory, setBytes);
      if (selectHasInvalid(list, used)) result = -EBADF;
      else {
        result = pollToSelect(list, used, memory, words);
        if (copySets(a, memory, words, true) < 0) result = -EFAULT;
      }
    }
  }
  kfree(memory);
  return result;
}

function copySets(a: SyscallArgs, sets: usize, words: usize, out: bool): i32 {
  for (let n: usize = 0; n < SETS; n++) {
    const address = n == 0 ? a.a1 : n == 1 ? a.a2 : a.a3;
    if (address == 0) continue;
    const at = sets + n * words * 8;
    const error = out ? copyToUser(address, at, words * 8) : copyFromUser(at, address, words * 8);
    if (error != 0) return error;
  }
  return 0;
}

function clear(at: usize, size: usize): void {
  memory.fill(at, 0, size);
}
