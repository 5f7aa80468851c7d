/**
 * FIFOs: pipes that a name leads to (POSIX open(), mkfifo()). The buffer exists while somebody has the FIFO open.
 *
 * Opening one end waits for the other, unless O_NONBLOCK (then a writer without readers is ENXIO) or O_RDWR (Linux fifo(7)).
 */
import { File } from '../fs/file';
import { Inode } from '../fs/inode';
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_RDWR } from '../fs/open-flags';
import { setFifoOpen } from '../fs/special';
import { EINTR, ENOMEM, ENXIO, ERESTARTSYS } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { sleepOn, wakeAll } from '../sched/wait-queue';
import { Pipe, pipeCreate, pipeDestroy, pipeLock, pipeTurn } from './pipe';
import { pipeAttach, pipeDetach, pipeOps, setFifoForget } from './pipe-file';

/** Guards Inode.ipc of FIFOs; before a pipe's lock. */
const lock = memory.data(4, 4);

function isNull(pipe: Pipe): bool {
  return changetype<usize>(pipe) == 0;
}

/** The FIFO's pipe with one user more, the file; null when out of memory. */
function attach(inode: Inode, file: File): Pipe {
  const fresh = pipeCreate();
  const flags = lockIrqSave(lock);
  let pipe = changetype<Pipe>(inode.ipc);
  let unused = fresh;
  if (isNull(pipe) && fresh != null) {
    pipe = fresh;
    inode.ipc = changetype<usize>(pipe);
    unused = null;
  }
  if (!isNull(pipe)) {
    const inner = lockIrqSave(pipeLock(pipe));
    pipeAttach(pipe, file);
    unlockIrqRestore(pipeLock(pipe), inner);
  }
  unlockIrqRestore(lock, flags);
  if (unused != null) pipeDestroy(unused);
  return pipe;
}

/** A file of the FIFO is closed: the last one takes the buffer with it. */
function detach(inode: Inode, pipe: Pipe, file: File): void {
  const flags = lockIrqSave(lock);
  const inner = lockIrqSave(pipeLock(pipe));
  const last = pipeDetach(pipe, file);
  unlockIrqRestore(pipeLock(pipe), inner);
  if (last) inode.ipc = 0;
  unlockIrqRestore(lock, flags);
  if (last) pipeDestroy(pipe);
}

/** Waits until the other end is opened, or has been since: 0 or a negative errno. */
function awaitPartner(pipe: Pipe, access: u32, nonBlocking: bool): i32 {
  let error: i32 = 0;
  const flags = lockIrqSave(pipeLock(pipe));
  if (pipeTurn(pipe).head != 0) wakeAll(pipeTurn(pipe));
  const reads = access == O_RDONLY;
  const opens = reads ? pipe.writerOpens : pipe.readerOpens;
  const missing = reads ? pipe.writerCount == 0 : pipe.readerCount == 0;
  if (missing && nonBlocking) error = reads ? 0 : -ENXIO;
  else if (missing) {
    while (error == 0 && opens == (reads ? pipe.writerOpens : pipe.readerOpens)) {
      error = sleepOn(pipeTurn(pipe), pipeLock(pipe));
    }
    if (opens != (reads ? pipe.writerOpens : pipe.readerOpens)) error = 0;
  }
  unlockIrqRestore(pipeLock(pipe), flags);
  return error == -EINTR ? -ERESTARTSYS : error;
}

function open(inode: Inode, file: File): i32 {
  const access = file.flags & O_ACCMODE;
  const pipe = attach(inode, file);
  if (isNull(pipe)) return -ENOMEM;
  file.ops = pipeOps;
  // No end of file is announced to a reader before a writer has been there: what pipe-file.ts compares with.
  file.offset = access == O_RDONLY && pipe.writerCount == 0 ? pipe.writerOpens : 0;
  if (access == O_RDWR) {
    wakeAll(pipeTurn(pipe));
    return 0;
  }
  const error = awaitPartner(pipe, access, (file.flags & O_NONBLOCK) != 0);
  if (error != 0) detach(inode, pipe, file);
  return error;
}

function forget(file: File): void {
  detach(file.inode, changetype<Pipe>(file.data), file);
}

export function fifoInit(): void {
  setFifoOpen(open);
  setFifoForget(forget);
}
