/** vhangup(2): what is left of a session that has used a terminal loses it, so that the next one has it alone. */
import { controllingTty } from '../../drivers/tty/job-control';
import { ttyHangUp } from '../../drivers/tty/tty';
import { EPERM } from '../../lib/errno';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';

/** Hangs up the caller's controlling terminal; without one there is nothing to do. */
export function sysVhangup(_a: SyscallArgs): i64 {
  if (!isSuperuser(currentCredentials())) return -EPERM;
  const tty = controllingTty(currentProcess());
  if (tty != null) ttyHangUp(tty);
  return 0;
}
