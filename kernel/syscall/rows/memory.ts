/** Memory: mappings and the break. Rows of the table of system calls; table.ts says what a row holds. */
import * as memory_ from '../calls/memory';
import { linux } from '../table';

export function memoryRows(): void {
  linux(9, 'mmap', 'dddddd', memory_.sysMmap);
  linux(10, 'mprotect', 'ddd', memory_.sysMprotect);
  linux(11, 'munmap', 'dd', memory_.sysMunmap);
  linux(12, 'brk', 'd', memory_.sysBrk);
}
