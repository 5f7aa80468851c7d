/**
 * Carrying out block requests on an ATA drive: by DMA, by programmed I/O when that fails or is not there, again after an
 * error. The caller serves the channel's queue.
 */
import { EIO } from '../../lib/errno';
import { LOG_ERROR, LOG_WARN, logBegin, logCStr, logDec, logEnd, logHex, logStr } from '../../lib/log';
import { BlockDevice, SECTOR_BYTES, blockName } from '../../block/block';
import { BlockRequest, IO_FLUSH, IO_WRITE, RequestQueue, requestSegment } from '../../block/request';
import { ataCommand, ataRead, ataReset, ataSetTransferMode, ataTransferIn, ataTransferOut } from './channel';
import { dmaPrepare, dmaTransfer } from './dma';
import { AtaDrive } from './drive';
import { AtaCommand, AtaReg } from './registers';

/** Sectors per interrupt that are worth having: 16 is what every drive since 1998 offers. */
const WANTED_MULTIPLE: u32 = 16;
/** Tries of a transfer: the first, and one after a reset. */
const TRIES: u32 = 2;
/** So many failed DMA commands, and the drive does without. */
const MAX_DMA_ERRORS: u32 = 4;
const MAX_PIO_SECTORS: u32 = 256;

/** Asks for several sectors per interrupt; a drive that refuses works one by one. */
function setMultiple(drive: AtaDrive): void {
  const wanted = min(drive.multiple, WANTED_MULTIPLE);
  drive.multiple = 0;
  if (wanted > 1 && ataCommand(drive, AtaCommand.SetMultipleMode, wanted) == 0) drive.multiple = wanted;
}

/** Sets what a drive forgets in a reset, and decides whether it uses DMA. */
export function ataConfigure(drive: AtaDrive): void {
  setMultiple(drive);
  if (drive.channel.busMaster == 0) drive.dma = false;
  if (drive.dma && drive.dmaMode != 0 && ataSetTransferMode(drive, drive.dmaMode) != 0) drive.dma = false;
}

function report(d: BlockDevice, what: string, lba: u64, count: u32, error: i32): void {
  const drive = changetype<AtaDrive>(d.driver);
  drive.errors++;
  const register = ataRead(drive.channel, AtaReg.Error);
  logBegin(LOG_ERROR, 'ata');
  logCStr(blockName(d));
  logStr(what);
  logDec(lba);
  logStr('+');
  logDec(count);
  logStr(error == -EIO ? ': error register ' : ': time-out, error register ');
  logHex(register);
  logEnd();
}

function countDmaError(d: BlockDevice, drive: AtaDrive): void {
  drive.dmaErrors++;
  if (drive.dmaErrors != MAX_DMA_ERRORS) return;
  drive.dma = false;
  logBegin(LOG_WARN, 'ata');
  logCStr(blockName(d));
  logStr(': DMA keeps failing; going on without');
  logEnd();
}

function pioSegment(drive: AtaDrive, lba: u64, address: usize, sectors: u32, writing: bool): i32 {
  let done: u32 = 0;
  while (done < sectors) {
    const n = min(sectors - done, MAX_PIO_SECTORS);
    const at = address + <usize>done * SECTOR_BYTES;
    const error = writing
      ? ataTransferOut(drive, lba + done, n, at)
      : ataTransferIn(drive, lba + done, n, at);
    if (error != 0) return error;
    done += n;
  }
  return 0;
}

function pio(drive: AtaDrive, first: BlockRequest, writing: bool): i32 {
  let r: BlockRequest | null = first;
  while (r != null) {
    let lba = r.lba;
    for (let i: u32 = 0; i < r.segmentCount; i++) {
      const segment = requestSegment(r, i);
      const sectors = segment.bytes / SECTOR_BYTES;
      const error = pioSegment(drive, lba, segment.address, sectors, writing);
      if (error != 0) return error;
      lba += sectors;
    }
    r = r.next;
  }
  return 0;
}

function sectorsOf(first: BlockRequest): u32 {
  let sectors: u32 = 0;
  let r: BlockRequest | null = first;
  while (r != null) {
    sectors += r.sectors;
    r = r.next;
  }
  return sectors;
}

function transfer(d: BlockDevice, first: BlockRequest, writing: bool): i32 {
  const drive = changetype<AtaDrive>(d.driver);
  const count = sectorsOf(first);
  let error = -EIO;
  // A try without DMA follows those with it.
  const tries = drive.dma ? TRIES + 1 : TRIES;
  for (let i: u32 = 0; i < tries; i++) {
    const byDma = drive.dma && i < TRIES && dmaPrepare(drive.channel, first);
    error = byDma ? dmaTransfer(drive, first.lba, count, writing) : pio(drive, first, writing);
    if (error == 0) return 0;
    report(d, writing ? ': write of sector ' : ': read of sector ', first.lba, count, error);
    if (byDma) countDmaError(d, drive);
    ataReset(drive.channel);
    ataConfigure(drive);
  }
  return -EIO;
}

function flush(drive: AtaDrive): i32 {
  if (!drive.canFlush) return 0;
  const error = ataCommand(drive, drive.lba48 ? AtaCommand.FlushCacheExt : AtaCommand.FlushCache, 0);
  return error == 0 ? 0 : -EIO;
}

/** One command of the channel's queue; may sleep. */
export function ataExecute(_queue: RequestQueue, first: BlockRequest): i32 {
  const d = first.disk;
  if (first.operation == IO_FLUSH) return flush(changetype<AtaDrive>(d.driver));
  return transfer(d, first, first.operation == IO_WRITE);
}
