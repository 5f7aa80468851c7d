/**
 * The flusher thread: writes what has been dirty for five seconds, or at once when much is, and makes room when memory
 * runs low.
 */
import { Inode, setPageRelease } from '../fs/inode';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { NS_PER_SECOND, nowNs } from '../sched/clock';
import { spawnKernelThread } from '../sched/thread';
import { sleepOnUninterruptible } from '../sched/wait-queue';
import { cacheLock } from './mapping';
import { pageCacheRelease } from './page-cache';
import { dirtyLimit, giveBack, reclaimInit, roundEnded, takePressure } from './reclaim';
import { dirtyPageCount, flusherQueue, oldestDirty, writeOlderThan } from './writeback';

const MAX_DIRTY_AGE_NS: u64 = 5 * NS_PER_SECOND;
const LOOK_NS: u64 = NS_PER_SECOND;

function flusher(_argument: usize): void {
  while (true) {
    const flags = lockIrqSave(cacheLock());
    if (!takePressure()) {
      sleepOnUninterruptible(flusherQueue(), cacheLock(), oldestDirty() != 0 ? nowNs() + LOOK_NS : 0);
      takePressure();
    }
    unlockIrqRestore(cacheLock(), flags);
    const now = nowNs();
    if (dirtyPageCount() > dirtyLimit() / 2) writeOlderThan(0, now);
    else if (now > MAX_DIRTY_AGE_NS) writeOlderThan(0, now - MAX_DIRTY_AGE_NS);
    giveBack();
    roundEnded();
  }
}

/** From the start-up thread, before the first file system. */
export function pageCacheInit(): void {
  const release: (inode: Inode) => void = pageCacheRelease;
  setPageRelease(release);
  reclaimInit();
  spawnKernelThread('flusher', flusher, 0);
}
