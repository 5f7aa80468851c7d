/** Stands in for proc/credentials.ts in unit tests: one caller, root unless the test says otherwise. */
@unmanaged
export class Credentials {
  uid: u32;
  gid: u32;
  euid: u32;
  egid: u32;
  fsuid: u32;
  fsgid: u32;
  extraGroup: u32;
  hasExtraGroup: bool;
}

const only = changetype<Credentials>(memory.data(offsetof<Credentials>(), 8));

export function setEffectiveUser(uid: u32): void {
  only.euid = uid;
}

/** The user and group of the caller, real, effective and for files. */
export function setCredentials(uid: u32, gid: u32): void {
  only.uid = uid;
  only.gid = gid;
  only.euid = uid;
  only.egid = gid;
  only.fsuid = uid;
  only.fsgid = gid;
  only.hasExtraGroup = false;
}

/** One supplementary group. */
export function setExtraGroup(gid: u32): void {
  only.extraGroup = gid;
  only.hasExtraGroup = true;
}

export function currentCredentials(): Credentials {
  return only;
}

export function isSuperuser(c: Credentials): bool {
  return c.euid == 0;
}

export function isInGroup(c: Credentials, gid: u32): bool {
  return c.fsgid == gid || (c.hasExtraGroup && c.extraGroup == gid);
}
