/**
 * Copies between the kernel and the current process: the only code that touches user addresses.
 *
 * A bad address is -EFAULT whatever it is: outside user space, unmapped, without the right, or unmapped by another
 * thread meanwhile. Pages that are due to appear (demand, copy-on-write) do so. No spinlock that the page-fault path
 * takes (address space, frames, heap) may be held.
 */
import { EFAULT, ENAMETOOLONG } from '../lib/errno';
import { USER_END } from '../mm/layout';
import { userCopy, userStringCopy } from './user-access';

/** Does [address, address + length) lie in user space? Says nothing about what is mapped. */
export function isUserRange(address: u64, length: u64): bool {
  return address <= USER_END && length <= USER_END - address;
}

export function copyFromUser(to: usize, from: u64, length: usize): i32 {
  if (!isUserRange(from, length)) return -EFAULT;
  return userCopy(to, <usize>from, length) == 0 ? 0 : -EFAULT;
}

export function copyToUser(to: u64, from: usize, length: usize): i32 {
  if (!isUserRange(to, length)) return -EFAULT;
  return userCopy(<usize>to, from, length) == 0 ? 0 : -EFAULT;
}

/** As copyToUser, but says how much arrived: for read and write, which may stop half-way. */
export function copyToUserPartial(to: u64, from: usize, length: usize): usize {
  if (!isUserRange(to, length)) return 0;
  return length - userCopy(<usize>to, from, length);
}

/**
 * Copies where either side may be kernel or user memory, whose range the caller has checked (isUserRange). Returns how
 * many bytes could NOT be copied.
 */
export function copyAny(to: usize, from: usize, length: usize): usize {
  return userCopy(to, from, length);
}

/**
 * A NUL-terminated string of fewer than `size` bytes: its length, -ENAMETOOLONG when there is no NUL in `size` bytes,
 * or -EFAULT.
 */
export function copyStringFromUser(to: usize, from: u64, size: usize): i32 {
  if (from >= USER_END) return -EFAULT;
  const limit = <usize>min(<u64>size, USER_END - from);
  const length = userStringCopy(to, <usize>from, limit);
  if (length < 0) return -EFAULT;
  if (<usize>length < limit) return <i32>length;
  return limit == size ? -ENAMETOOLONG : -EFAULT;
}

/** An aligned or unaligned u64 at `from`, stored at `to`. */
export function copyWordFromUser(to: usize, from: u64): i32 {
  return copyFromUser(to, from, 8);
}
