/**
 * Permissions of what has an owner and mode bits but is no file: queues, semaphores, shared memory (POSIX XBD 4.5; Linux
 * sysvipc(7)).
 */
import { currentCredentials, isInGroup, isSuperuser } from '../proc/credentials';

/** May the caller have `wanted` (4 read, 2 write) of a thing with this mode and owner? */
export function mayAccess(mode: u32, uid: u32, gid: u32, wanted: u32): bool {
  const who = currentCredentials();
  if (isSuperuser(who)) return true;
  let bits = mode;
  if (who.fsuid == uid) bits = mode >> 6;
  else if (isInGroup(who, gid)) bits = mode >> 3;
  return (bits & wanted) == wanted;
}
