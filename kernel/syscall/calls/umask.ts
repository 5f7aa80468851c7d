/** The mask that takes bits out of the mode of what a process creates. */
import { fsContextUmask } from '../../fs/context';
import { currentProcess } from '../../proc/process';

export function currentUmask(): u32 {
  return fsContextUmask(currentProcess().fs);
}
