/**
 * select(2) and pselect6(2) (POSIX select, pselect). As in Linux the time that is left is written back.
 */
import { FD_LIMIT } from '../../fs/fd-table';
import { POLLFD_SIZE, POLL_AT_ONCE, POLL_FOREVER, pollDescriptors } from '../../ipc/poll-set';
import { pollToSelect, selectHasInvalid, selectToPoll } from '../../ipc/select-set';
import { EBADF, EFAULT, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { NS_PER_SECOND, nowNs } from '../../sched/clock';
import { SyscallArgs } from '../arguments';
import { giveStructure } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';

const SETS: usize = 3;
/** Longest time-out in seconds: no overflow, and beyond any uptime. */
const MAX_SECONDS: u64 = 4_000_000_000;

/** A struct timeval (`unit` 1000 ns) or timespec (1) as a deadline in `out`: 0, -EINVAL, -EFAULT, -ENOMEM. */
export function takeDeadline(address: u64, unit: u64, out: usize): i32 {
  const pair = kmalloc(16);
  if (pair == 0) return -ENOMEM;
  const error = copyFromUser(pair, address, 16);
  let seconds = load<i64>(pair);
  let fraction = load<i64>(pair, 8);
  kfree(pair);
  if (error < 0) return error;
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
  const pair = kmalloc(16);
  if (pair == 0) return;
  store<u64>(pair, left / NS_PER_SECOND);
  store<u64>(pair, (left % NS_PER_SECOND) / unit, 8);
  giveStructure(address, pair, 16);
}

export function sysSelect(a: SyscallArgs): i64 {
  if (a.a4 == 0) return selectUser(a, POLL_FOREVER);
  const slot = kmalloc(8);
  if (slot == 0) return -ENOMEM;
  const error = takeDeadline(a.a4, 1000, slot);
  const deadline = load<u64>(slot);
  kfree(slot);
  if (error != 0) return error;
  const result = selectUser(a, deadline);
  giveRemaining(a.a4, 1000, deadline);
  return result;
}

/** The three sets in user memory; POLL deadlines. */
export function selectUser(a: SyscallArgs, deadline: u64): i64 {
  if (<i32>a.a0 < 0) return -EINVAL;
  const count = <usize>min(a.a0, <u64>FD_LIMIT);
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
