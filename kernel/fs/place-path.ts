/**
 * The absolute path of a place, as getcwd and /proc give it: names are put in front of each other from the place up to
 * the root of whoever asks.
 */
import { Dentry, isUnlinkedLocked } from './dentry';
import { Mount } from './mount';

const SLASH: u8 = 0x2f;
/** " (deleted)", as Linux marks what was removed. */
const DELETED = memory.data<u8>([0x20, 0x28, 0x64, 0x65, 0x6c, 0x65, 0x74, 0x65, 0x64, 0x29]);
const DELETED_BYTES: usize = 10;

/**
 * Writes the path with a final NUL to `out`; its length without it, -1 when `max` is too small, or -2 when the place
 * cannot be reached from the root (the path then begins at its own top). The lock of dentry.ts is held.
 */
export function placePathLocked(
  mount: Mount,
  dentry: Dentry,
  rootMount: Mount,
  root: Dentry,
  out: usize,
  max: usize,
): i32 {
  if (max < 2) return -1;
  let at = out + max - 1;
  store<u8>(at, 0);
  if (isUnlinkedLocked(dentry)) {
    if (max < DELETED_BYTES + 2) return -1;
    at -= DELETED_BYTES;
    memory.copy(at, DELETED, DELETED_BYTES);
  }
  const end = at;
  let m = mount;
  let d = dentry;
  let reached = true;
  while (m != rootMount || d != root) {
    if (d == m.root) {
      const parent = m.parent;
      const point = m.mountpoint;
      if (parent == null || point == null) {
        reached = false;
        break;
      }
      m = parent;
      d = point;
      continue;
    }
    const parent = d.parent;
    if (parent == null) {
      reached = false;
      break;
    }
    if (at - out < <usize>d.nameLength + 1) return -1;
    at -= d.nameLength;
    memory.copy(at, d.name, d.nameLength);
    at--;
    store<u8>(at, SLASH);
    d = parent;
  }
  if (at == end) {
    if (at == out) return -1;
    at--;
    store<u8>(at, SLASH);
  }
  const length = out + max - 1 - at;
  memory.copy(out, at, length + 1);
  return reached ? <i32>length : -2;
}
