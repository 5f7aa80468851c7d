/** Memory: mappings and the break. Rows of the table of system calls; table.ts says what a row holds. */
import * as memory_ from '../calls/memory';
import * as advice from '../calls/memory-advice';
import * as memfd from '../calls/memfd';
import * as shm from '../calls/shm';
import { linux, linuxPartial } from '../table';

export function memoryRows(): void {
  linux(9, 'mmap', 'dddddd', memory_.sysMmap);
  linux(10, 'mprotect', 'ddd', memory_.sysMprotect);
  linux(11, 'munmap', 'dd', memory_.sysMunmap);
  linux(12, 'brk', 'd', memory_.sysBrk);
  linux(25, 'mremap', 'ddddd', memory_.sysMremap);
  linux(26, 'msync', 'ddd', advice.sysMsync);
  linux(27, 'mincore', 'ddd', advice.sysMincore);
  linux(28, 'madvise', 'ddd', advice.sysMadvise);
  linux(29, 'shmget', 'ddd', shm.sysShmget);
  linux(30, 'shmat', 'ddd', shm.sysShmat);
  linux(31, 'shmctl', 'ddd', shm.sysShmctl);
  linux(67, 'shmdt', 'd', shm.sysShmdt);
  linux(149, 'mlock', 'dd', advice.sysMlock);
  linux(150, 'munlock', 'dd', advice.sysMunlock);
  linux(151, 'mlockall', 'd', advice.sysMlockall);
  linux(152, 'munlockall', '', advice.sysMunlockall);
  linux(319, 'memfd_create', 'sd', memfd.sysMemfdCreate);
  linuxPartial(329, 'pkey_mprotect', 'dddd', memory_.sysPkeyMprotect, 'protection keys of the processor');
  linuxPartial(330, 'pkey_alloc', 'dd', memory_.sysPkeyAlloc, 'protection keys of the processor');
  linuxPartial(331, 'pkey_free', 'd', memory_.sysPkeyFree, 'protection keys of the processor');
  linux(325, 'mlock2', 'ddd', advice.sysMlock2);
}
