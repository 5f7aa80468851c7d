/** Communication between processes. Rows of the table of system calls; table.ts says what a row holds. */
import * as pipe from '../calls/pipe';
import { linux, linuxPartial } from '../table';

export function ipcRows(): void {
  linux(22, 'pipe', 'p', pipe.sysPipe);
  linuxPartial(293, 'pipe2', 'pd', pipe.sysPipe2, 'O_DIRECT (packets)');
}
