/**
 * What becomes of a thread's futexes at its end: robust mutexes that it holds are marked and handed on
 * (get_robust_list(2), Linux's Documentation/locking/robust-futex-ABI), and the word that pthread_join waits for is cleared
 * (set_tid_address(2)).
 */
import { currentThread } from '../sched/scheduler';
import { Thread, threadScratch } from '../sched/tcb';
import { userExchange32 } from '../syscall/user-access';
import { copyFromUser, copyToUser } from '../syscall/user-copy';
import { USER_END } from '../mm/layout';
import { spaceUsers } from '../mm/address-space';
import { futexWake, FUTEX_BITSET_ANY } from './futex';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, futexPiExit } from './futex-pi';
import { Process } from './process';

/** As many as Linux looks at (ROBUST_LIST_LIMIT): the list may be a circle. */
const LIMIT: u32 = 2048;
/** struct robust_list_head: first entry, offset of the futex word from an entry, entry being locked or unlocked. */
const HEAD_SIZE: usize = 24;
/** In an entry's address: it is a PI mutex. */
const PI: u64 = 1;
const HEAD: usize = 64;
const NEXT: usize = 96;
const WORD: usize = 104;

/** The thread's memory is still there. */
export function futexThreadExit(p: Process, t: Thread): void {
  futexLeaveMemory(p, t);
  futexPiExit(t);
}

/** Also for exec, after which the thread lives on in other memory. */
export function futexLeaveMemory(p: Process, t: Thread): void {
  if (t.robustList != 0) walk(t);
  t.robustList = 0;
  const word = t.clearTid;
  t.clearTid = 0;
  if (word == 0 || (p.threadCount == 1 && spaceUsers(p.space) == 1)) return;
  store<u32>(threadScratch(t) + WORD, 0);
  if (copyToUser(word, threadScratch(t) + WORD, 4) == 0) futexWake(word, false, 1, FUTEX_BITSET_ANY);
}

function walk(t: Thread): void {
  const head = threadScratch(t) + HEAD;
  const list = t.robustList;
  if (copyFromUser(head, list, HEAD_SIZE) < 0) return;
  let entry = load<u64>(head);
  const offset = load<u64>(head, 8);
  const busy = load<u64>(head, 16);
  for (let i: u32 = 0; (entry & ~PI) != list && i < LIMIT; i++) {
    // The next one is read first: once a mutex is handed on, its memory may go.
    if (copyFromUser(threadScratch(t) + NEXT, entry & ~PI, 8) < 0) return;
    const next = load<u64>(threadScratch(t) + NEXT);
    if (entry != busy) release(t, (entry & ~PI) + offset, (entry & PI) != 0, false);
    entry = next;
  }
  if (busy != 0) release(t, (busy & ~PI) + offset, (busy & PI) != 0, true);
}

/** Marks a mutex whose holder is gone and wakes one that waits for it. */
function release(t: Thread, address: u64, pi: bool, pending: bool): void {
  if ((address & 3) != 0 || address >= USER_END) return;
  const word = threadScratch(t) + WORD;
  while (true) {
    if (copyFromUser(word, address, 4) < 0) return;
    const old = load<u32>(word);
    // Unlocked, but the waiter not yet woken: it would wait for ever.
    if (pending && !pi && old == 0) {
      futexWake(address, false, 1, FUTEX_BITSET_ANY);
      return;
    }
    if ((old & FUTEX_TID_MASK) != <u32>currentThread().id) return;
    // With waiters a PI futex is passed on by futexPiExit.
    if (pi && (old & FUTEX_WAITERS) != 0) return;
    if (userExchange32(<usize>address, old, (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED, word) < 0) return;
    if (load<u32>(word) != old) continue;
    if ((old & FUTEX_WAITERS) != 0) futexWake(address, false, 1, FUTEX_BITSET_ANY);
    return;
  }
}
