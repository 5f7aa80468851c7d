/** Breenix's own table at INT 0x80. table.ts says what a row holds. */
import * as file from '../calls/file';
import * as exec from '../calls/exec';
import * as scheduling from '../calls/scheduling';
import * as thread from '../calls/thread';
import * as time from '../calls/time';
import { breenix } from '../table';

export function nativeRows(): void {
  breenix(0, 'exit', 'd', thread.sysExitGroup);
  breenix(1, 'write', 'fpd', file.sysWrite);
  breenix(2, 'read', 'fpd', file.sysRead);
  breenix(3, 'yield', '', scheduling.sysSchedYield);
  breenix(4, 'get_time', '', time.sysGetTimeMs);
  breenix(5, 'fork', '', thread.sysFork);
  breenix(11, 'exec', 'spp', exec.sysExecve);
}
