/**
 * select's sets of descriptors as a list for poll, and back (POSIX select). A set is bits in 64-bit words.
 */
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../lib/poll-bits';
import { POLLFD_SIZE } from './poll-set';

/** What each of the three sets asks for, and what puts a descriptor into it. */
const WANTED: StaticArray<u16> = [
  <u16>(POLLIN | POLLRDNORM | POLLRDBAND),
  <u16>(POLLOUT | POLLWRNORM | POLLWRBAND),
  <u16>POLLPRI,
];
const GIVEN: StaticArray<u16> = [
  <u16>(POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR),
  <u16>(POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR),
  <u16>POLLPRI,
];

function hasBit(set: usize, fd: usize): bool {
  return ((load<u64>(set + (fd >> 6) * 8) >> (fd & 63)) & 1) != 0;
}

/** Fills pollfds from three sets of `words` words each, one after the other; returns how many. */
export function selectToPoll(sets: usize, words: usize, count: usize, list: usize): usize {
  let used: usize = 0;
  for (let fd: usize = 0; fd < count; fd++) {
    let events: u16 = 0;
    for (let n: i32 = 0; n < 3; n++) if (hasBit(sets + <usize>n * words * 8, fd)) events |= WANTED[n];
    if (events == 0) continue;
    const at = list + used * POLLFD_SIZE;
    store<i32>(at, <i32>fd);
    store<u16>(at, events, 4);
    used++;
  }
  return used;
}

/** Whether one of the descriptors is not open: select answers EBADF then. */
export function selectHasInvalid(list: usize, used: usize): bool {
  for (let i: usize = 0; i < used; i++) {
    if ((load<u16>(list + i * POLLFD_SIZE, 6) & POLLNVAL) != 0) return true;
  }
  return false;
}

/** Fills the sets, whose bits are all clear, with what is ready; returns how many bits were set. */
export function pollToSelect(list: usize, used: usize, sets: usize, words: usize): i64 {
  let bits: i64 = 0;
  for (let i: usize = 0; i < used; i++) {
    const at = list + i * POLLFD_SIZE;
    const fd = <usize>load<i32>(at);
    const events = load<u16>(at, 4);
    const found = load<u16>(at, 6);
    for (let n: i32 = 0; n < 3; n++) {
      if ((events & WANTED[n]) == 0 || (found & GIVEN[n]) == 0) continue;
      const word = sets + (<usize>n * words + (fd >> 6)) * 8;
      store<u64>(word, load<u64>(word) | ((<u64>1) << ((<u64>fd) & 63)));
      bits++;
    }
  }
  return bits;
}
