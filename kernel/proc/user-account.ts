/**
 * What is counted for each real user rather than for each process: processes (RLIMIT_NPROC) and queued signals
 * (RLIMIT_SIGPENDING); setrlimit(2).
 *
 * An account exists as long as a process refers to it; queued signals refer to it only through their target's life, so
 * an account with signals queued by a user who is gone stays. The caller holds processLock.
 */
import { alloc, kfree } from '../mm/kmalloc';

@unmanaged
export class UserAccount {
  next: usize;
  uid: u32;
  processes: u32;
  queuedSignals: u64;
}

const HASH_SIZE: u32 = 32;
const hash = memory.data(32 * 8, 8);

/** The account of `uid`, with one process more; null when out of memory. */
export function accountRetainLocked(uid: u32): UserAccount {
  const bucket = hash + <usize>(uid % HASH_SIZE) * 8;
  let at = load<usize>(bucket);
  while (at != 0 && changetype<UserAccount>(at).uid != uid) at = changetype<UserAccount>(at).next;
  let account = changetype<UserAccount>(at);
  if (at == 0) {
    account = alloc<UserAccount>();
    if (changetype<usize>(account) == 0) return account;
    account.uid = uid;
    account.next = load<usize>(bucket);
    store<usize>(bucket, changetype<usize>(account));
  }
  account.processes++;
  return account;
}

export function accountReleaseLocked(account: UserAccount): void {
  if (changetype<usize>(account) == 0) return;
  account.processes--;
  if (account.processes != 0 || account.queuedSignals != 0) return;
  let link = hash + <usize>(account.uid % HASH_SIZE) * 8;
  while (load<usize>(link) != changetype<usize>(account))
    link = load<usize>(link) + offsetof<UserAccount>('next');
  store<usize>(link, account.next);
  kfree(changetype<usize>(account));
}

/** May one more signal be queued under this RLIMIT_SIGPENDING? */
export function accountMayQueue(account: UserAccount, limit: u64): bool {
  return changetype<usize>(account) != 0 && account.queuedSignals < limit;
}
