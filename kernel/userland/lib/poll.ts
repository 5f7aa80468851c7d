// Waiting for descriptors: poll, select, epoll.
//
// Rules: results are negative errno on failure. Source: POSIX poll(); Linux epoll(7).

import { Sys, syscall } from './syscall';

export const enum Poll {
  input = 1,
  priority = 2,
  output = 4,
  error = 8,
  hangup = 16,
  invalid = 32,
  readHangup = 0x2000,
}

export const enum EpollControl {
  add = 1,
  remove = 2,
  modify = 3,
}

export const enum EpollMode {
  exclusive = 0x10000000,
  oneShot = 0x40000000,
  edge = 0x80000000,
}

const one = memory.data(8, 4);
const event = memory.data(12, 4);

/** What `fd` is ready for among `events`; `timeoutMs` of -1: waits for ever. 0: nothing in time. Or negative errno. */
export function pollOne(fd: i32, events: u32, timeoutMs: i32): i32 {
  store<i32>(one, fd);
  store<u32>(one, events & 0xffff, 4);
  const ready = syscall(Sys.poll, one, 1, <u64>timeoutMs);
  return ready < 0 ? <i32>ready : <i32>load<u16>(one, 6);
}

export function epollCreate(): i32 {
  return <i32>syscall(291, 0);
}

export function epollControl(set: i32, operation: u32, fd: i32, events: u32, data: u64): i32 {
  store<u32>(event, events);
  store<u64>(event, data, 4);
  return <i32>syscall(233, set, operation, fd, event);
}

/** Events go to `events`, 12 bytes each: u32 bits, u64 data. */
export function epollWait(set: i32, events: usize, max: i32, timeoutMs: i32): i32 {
  return <i32>syscall(232, set, events, max, <u64>timeoutMs);
}
