/** One ATA drive and the channel that it hangs on. */
import { Mutex } from '../../sched/mutex';
import { WaitQueue } from '../../sched/wait-queue';

@unmanaged
export class AtaChannel {
  /** Command block. */
  base: i32;
  /** Control block: device control and alternate status. */
  control: i32;
  irq: u32;
  /** One command at a time. */
  mutex: Mutex;
  /** Guards the two fields below; taken by the interrupt handler. */
  lock: usize;
  wait: WaitQueue;
  /** An interrupt came since the last look. */
  interrupted: bool;
  /** The status that acknowledged it. */
  status: u32;
  timeouts: u32;
}

@unmanaged
export class AtaDrive {
  channel: AtaChannel;
  slave: bool;
  lba48: bool;
  canFlush: bool;
  /** Sectors per interrupt; 0 or 1: READ MULTIPLE is not in use. */
  multiple: u32;
  sectorCount: u64;
  /** NUL-terminated. */
  model: usize;
  errors: u32;
}
