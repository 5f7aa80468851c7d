// Comparisons of byte strings that the shell needs.

/** Whether `at` begins with `prefix`. */
export function bytesStartWithBytes(at: usize, prefix: usize): bool {
  for (; load<u8>(prefix); at++, prefix++) if (load<u8>(at) != load<u8>(prefix)) return false;
  return true;
}

/** Whether `part` occurs in `at`. */
export function containsBytes(at: usize, part: usize): bool {
  for (; load<u8>(at); at++) if (bytesStartWithBytes(at, part)) return true;
  return !load<u8>(part);
}
