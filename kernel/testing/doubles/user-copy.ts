/** Stands in for syscall/user-copy.ts in unit tests: user memory is the test's own; address 0 faults. */
// Imported as from the module that this replaces.
import { EFAULT } from '../lib/errno';

export function copyFromUser(to: usize, from: u64, length: usize): i32 {
  if (from == 0) return -EFAULT;
  memory.copy(to, <usize>from, length);
  return 0;
}

export function copyToUser(to: u64, from: usize, length: usize): i32 {
  if (to == 0) return -EFAULT;
  memory.copy(<usize>to, from, length);
  return 0;
}

/** Memory is all of one kind here. */
export function copyAny(to: usize, from: usize, length: usize): usize {
  memory.copy(to, from, length);
  return 0;
}
