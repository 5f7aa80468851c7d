/**
 * Who a process is: user and group numbers and supplementary groups (POSIX XBD 3.317, Linux credentials(7)).
 *
 * - Each process has its own copy inside its control block (process.ts); only the process itself changes it, so reading
 *   one's own needs no lock.
 * - Kernel threads act as root.
 * - `isSuperuser` stands for every capability: Breenix has no finer ones.
 */
import { currentThread } from '../sched/scheduler';
import { Process } from './process';

/** Supplementary groups a process may have; Linux allows 65536, nobody uses more than a few. */
export const MAX_GROUPS: u32 = 32;

@unmanaged
export class Credentials {
  uid: u32;
  gid: u32;
  /** Effective: what permission checks of signals and privileged calls look at. */
  euid: u32;
  egid: u32;
  /** Saved. */
  suid: u32;
  sgid: u32;
  /** For files: follows the effective ones but for setfsuid(2). */
  fsuid: u32;
  fsgid: u32;
  groupCount: u32;
  unused: u32;
  /** Sixteen pairs: `groupAt` reads one. */
  groups0: u64;
  groups1: u64;
  groups2: u64;
  groups3: u64;
  groups4: u64;
  groups5: u64;
  groups6: u64;
  groups7: u64;
  groups8: u64;
  groups9: u64;
  groups10: u64;
  groups11: u64;
  groups12: u64;
  groups13: u64;
  groups14: u64;
  groups15: u64;
}

const rootCredentials = memory.data(offsetof<Credentials>(), 8);

/** Of a process; as long as it lives. */
export function credentialsOf(p: Process): Credentials {
  return changetype<Credentials>(changetype<usize>(p) + offsetof<Process>('credentials0'));
}

/** Of the running process; root's in a kernel thread. */
export function currentCredentials(): Credentials {
  const process = currentThread().process;
  return process == 0
    ? changetype<Credentials>(rootCredentials)
    : credentialsOf(changetype<Process>(process));
}

/** Address of supplementary group `n`. */
export function groupAt(c: Credentials, n: u32): usize {
  return changetype<usize>(c) + offsetof<Credentials>('groups0') + <usize>n * 4;
}

/** May override permissions, by its effective user. */
export function isSuperuser(c: Credentials): bool {
  return c.euid == 0;
}

/** Is `gid` its group for files, or one of the supplementary ones? */
export function isInGroup(c: Credentials, gid: u32): bool {
  if (c.fsgid == gid) return true;
  for (let n: u32 = 0; n < c.groupCount; n++) if (load<u32>(groupAt(c, n)) == gid) return true;
  return false;
}
