/** One ATA drive and the channel that it hangs on. */
import { RequestQueue } from '../../block/request';
import { WaitQueue } from '../../sched/wait-queue';

@unmanaged
export class AtaChannel {
  /** Command block. */
  base: i32;
  /** Control block: device control and alternate status. */
  control: i32;
  irq: u32;
  /** Whoever serves it owns the channel: one command at a time. */
  queue: RequestQueue;
  /** Base port of the channel's bus-master registers; 0: there are none. */
  busMaster: u32;
  /** The table of memory regions (PRD_BYTES) and its physical address. */
  prdTable: usize;
  prdPhysical: u64;
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
  /** Transfers go by bus-master DMA. */
  dma: bool;
  dmaErrors: u32;
  /** Transfer mode to set (SET FEATURES 03h) when the firmware has chosen none; 0: one is chosen. */
  dmaMode: u32;
}
