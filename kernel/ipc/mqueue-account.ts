/**
 * Bytes of message queues by user, for RLIMIT_MSGQUEUE (getrlimit(2)). mqNames is entered around all of it.
 */
import { EMFILE, ENOMEM } from '../lib/errno';
import { alloc, kfree } from '../mm/kmalloc';
import { currentCredentials } from '../proc/credentials';
import { RLIMIT_MSGQUEUE, limitOf } from '../proc/limits';
import { currentProcess } from '../proc/process';

@unmanaged
class Account {
  next: usize;
  uid: u32;
  bytes: u64;
}

let first: usize = 0;

function find(uid: u32): Account {
  let at = changetype<Account>(first);
  while (changetype<usize>(at) != 0 && at.uid != uid) at = changetype<Account>(at.next);
  return at;
}

/** Counts `bytes` for the calling user: 0, -EMFILE beyond the limit, -ENOMEM. */
export function mqCharge(bytes: u64): i32 {
  const uid = currentCredentials().uid;
  const limit = limitOf(currentProcess(), RLIMIT_MSGQUEUE);
  let account = find(uid);
  const used: u64 = changetype<usize>(account) == 0 ? 0 : account.bytes;
  if (used + bytes < used || used + bytes > limit) return -EMFILE;
  if (changetype<usize>(account) == 0) {
    account = alloc<Account>();
    if (changetype<usize>(account) == 0) return -ENOMEM;
    account.uid = uid;
    account.next = first;
    first = changetype<usize>(account);
  }
  account.bytes += bytes;
  return 0;
}

export function mqUncharge(uid: u32, bytes: u64): void {
  const account = find(uid);
  if (changetype<usize>(account) == 0) return;
  account.bytes -= bytes;
  if (account.bytes != 0) return;
  const link = changetype<usize>(account);
  if (first == link) first = account.next;
  else {
    let before = changetype<Account>(first);
    while (before.next != link) before = changetype<Account>(before.next);
    before.next = account.next;
  }
  kfree(changetype<usize>(account));
}
