// The environment: NAME=VALUE strings, passed on by exec.
//
// Rules: getEnvironment() points into the environment: copy it if it must outlive the next change. The vector of
// environmentVector() is valid until the next change. Source: POSIX getenv(), setenv(), unsetenv().

import { byteLength, copyBytes } from './bytes';
import { Errno } from './errno';
import { free, malloc, realloc } from './malloc';

let vector: usize = 0;
let count: usize = 0;
/** Entries that fit into `vector`; 0 while it is still the one on the initial stack. */
let capacity: usize = 0;

/** Starts over with the vector at `initial`, whose strings stay the caller's. start.ts passes the initial stack's. */
export function setEnvironment(initial: usize): void {
  vector = initial;
  capacity = 0;
  count = 0;
  while (load<usize>(vector + (count << 3))) count++;
}

/** The null-terminated array of NAME=VALUE strings. */
export function environmentVector(): usize {
  return vector;
}

/** The value of `name`, 0 when it is not set. */
export function getEnvironment(name: usize): usize {
  const at = find(name, byteLength(name));
  return at < count ? entry(at) + byteLength(name) + 1 : 0;
}

/** Sets `name` to `value`, both copied. Returns 0, -EINVAL for a name that cannot be, or -ENOMEM. */
export function setEnvironmentVariable(name: usize, value: usize): i32 {
  const length = byteLength(name);
  for (let i: usize = 0; i < length; i++) if (load<u8>(name + i) == 0x3d) return -Errno.INVAL;
  if (!length) return -Errno.INVAL;
  const text = malloc(length + byteLength(value) + 2);
  if (!text || !own()) {
    free(text);
    return -Errno.NOMEM;
  }
  const end = copyBytes(text, name);
  store<u8>(end, 0x3d);
  copyBytes(end + 1, value);
  const at = find(name, length);
  if (at < count) free(entry(at));
  else store<usize>(vector + (++count << 3), 0);
  store<usize>(vector + (at << 3), text);
  return 0;
}

/** Removes `name`; nothing happens when it is not set. Returns 0 or -ENOMEM. */
export function unsetEnvironmentVariable(name: usize): i32 {
  const at = find(name, byteLength(name));
  if (at == count) return 0;
  if (!own()) return -Errno.NOMEM;
  free(entry(at));
  memory.copy(vector + (at << 3), vector + ((at + 1) << 3), (count - at) << 3);
  count--;
  return 0;
}

function entry(index: usize): usize {
  return load<usize>(vector + (index << 3));
}

/** The index of `name`, `count` when it is not there. */
function find(name: usize, length: usize): usize {
  for (let i: usize = 0; i < count; i++) {
    const text = entry(i);
    if (memory.compare(text, name, length) == 0 && load<u8>(text + length) == 0x3d) return i;
  }
  return count;
}

/** Makes vector and strings the heap's, with room for one more entry. */
function own(): bool {
  if (capacity > count + 1) return true;
  const room = count * 2 + 16;
  const fresh = realloc(capacity ? vector : 0, room << 3);
  if (!fresh) return false;
  if (!capacity) {
    for (let i: usize = 0; i <= count; i++) {
      const text = entry(i);
      const copy = text ? malloc(byteLength(text) + 1) : 0;
      if (text && !copy) return false;
      if (text) copyBytes(copy, text);
      store<usize>(fresh + (i << 3), copy);
    }
  }
  vector = fresh;
  capacity = room;
  return true;
}
