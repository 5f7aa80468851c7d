/** Stands in for proc/credentials.ts in unit tests: one caller, whose effective user the test sets. */
@unmanaged
export class Credentials {
  euid: u32;
}

const only = changetype<Credentials>(memory.data(8, 8));

export function setEffectiveUser(uid: u32): void {
  only.euid = uid;
}

export function currentCredentials(): Credentials {
  return only;
}

export function isSuperuser(c: Credentials): bool {
  return c.euid == 0;
}
