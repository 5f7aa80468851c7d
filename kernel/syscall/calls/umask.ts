/** The mask that takes bits out of the mode of what a process creates. */
import { currentProcess } from '../../proc/process';

export function currentUmask(): u32 {
  return currentProcess().umask;
}
