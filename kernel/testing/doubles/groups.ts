/** Stands in for proc/groups.ts in unit tests: groups 1 to 99 are in every session. */
export function groupIsInSession(pgid: i32, _sid: i32): bool {
  return pgid < 100;
}

let orphaned = false;

export function setOrphaned(now: bool): void {
  orphaned = now;
}

export function groupIsOrphaned(_pgid: i32, _sid: i32): bool {
  return orphaned;
}
