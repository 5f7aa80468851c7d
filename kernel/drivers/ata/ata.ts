/**
 * ATA disks on the two channels of a PC's legacy IDE controller: probing, and block devices sda, sdb, ... for
 * the drives that are there. An absent drive or channel is normal.
 */
import { EIO } from '../../lib/errno';
import {
  LOG_ERROR,
  LOG_INFO,
  LOG_WARN,
  logBegin,
  logCStr,
  logDec,
  logEnd,
  logHex,
  logStr,
} from '../../lib/log';
import { Mutex, mutexLock, mutexUnlock } from '../../sched/mutex';
import { WaitQueue } from '../../sched/wait-queue';
import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { insw } from '../../arch/x86_64/ports';
import { registerIrq } from '../../arch/x86_64/irq';
import { BlockDevice, SECTOR_BYTES, blockName, blockNameAppend, blockRegister } from '../../block/block';
import { partitionsScan } from '../../block/partitions';
import {
  ataAcknowledge,
  ataCommand,
  ataIssue,
  ataPollReady,
  ataRead,
  ataReset,
  ataSelect,
  ataSetControl,
  ataSettle,
  ataTransferIn,
  ataTransferOut,
  ataWrite,
} from './channel';
import { AtaChannel, AtaDrive } from './drive';
import { MODEL_BYTES, identifyParse } from './identify';
import { AtaCommand, AtaControl, AtaReg, AtaStatus } from './registers';

const CHANNELS: u32 = 2;
/** A channel without drives reads as a floating bus. */
const FLOATING: u32 = 0xff;
const MAX_SECTORS: u32 = 256;
/** Sectors per interrupt that are worth having: 16 is what every drive since 1998 offers. */
const WANTED_MULTIPLE: u32 = 16;
/** Tries of a transfer: the first, and one after a reset. */
const TRIES: u32 = 2;

const channels = memory.data(offsetof<AtaChannel>() * 2, 8);
const mutexes = memory.data(offsetof<Mutex>() * 2, 8);
const locks = memory.data(4 * 2, 8);
const queues = memory.data(offsetof<WaitQueue>() * 2, 8);
let nextLetter: u8 = 0x61;

function channelAt(n: u32): AtaChannel {
  return changetype<AtaChannel>(channels + n * offsetof<AtaChannel>());
}

function setUpChannel(n: u32, base: i32, control: i32, irq: u32): AtaChannel {
  const c = channelAt(n);
  c.base = base;
  c.control = control;
  c.irq = irq;
  c.mutex = changetype<Mutex>(mutexes + n * offsetof<Mutex>());
  c.lock = locks + n * 4;
  c.wait = changetype<WaitQueue>(queues + n * offsetof<WaitQueue>());
  return c;
}

function onInterrupt(line: u32): void {
  for (let n: u32 = 0; n < CHANNELS; n++) {
    const c = channelAt(n);
    if (c.irq == line) ataAcknowledge(c);
  }
}

/** Whether registers hold what is written to them: something is there. */
function registersAnswer(drive: AtaDrive): bool {
  const c = drive.channel;
  if (ataSelect(drive, 0) != 0) return false;
  ataWrite(c, AtaReg.SectorCount, 0x55);
  ataWrite(c, AtaReg.LbaLow, 0xaa);
  return ataRead(c, AtaReg.SectorCount) == 0x55 && ataRead(c, AtaReg.LbaLow) == 0xaa;
}

/** IDENTIFY by polling, with interrupts of the channel off; false when no ATA disk answers. */
function identify(drive: AtaDrive, data: usize): bool {
  const c = drive.channel;
  if (!registersAnswer(drive)) return false;
  ataIssue(c, AtaCommand.IdentifyDevice);
  ataSettle(c);
  const status = ataPollReady(c);
  ataRead(c, AtaReg.Status);
  if (status <= 0 || (status & (AtaStatus.Error | AtaStatus.DeviceFault)) != 0) return false;
  if (!(status & AtaStatus.DataRequest)) return false;
  insw(<u16>(c.base + AtaReg.Data), data, SECTOR_BYTES / 2);
  return identifyParse(data, drive);
}

function driveOf(d: BlockDevice): AtaDrive {
  return changetype<AtaDrive>(d.driver);
}

function report(d: BlockDevice, what: string, lba: u64, count: u32, error: i32): void {
  const drive = driveOf(d);
  drive.errors++;
  logBegin(LOG_ERROR, 'ata');
  logCStr(blockName(d));
  logStr(what);
  logDec(lba);
  logStr('+');
  logDec(count);
  logStr(error == -EIO ? ': error register ' : ': time-out, error register ');
  logHex(ataRead(drive.channel, AtaReg.Error));
  logEnd();
}

/** Brings the channel back after a failure: a reset forgets the drives' settings. */
function recover(drive: AtaDrive): void {
  ataReset(drive.channel);
  setMultiple(drive);
}

function transfer(d: BlockDevice, lba: u64, count: u32, buffer: usize, writing: bool): i32 {
  const drive = driveOf(d);
  const c = drive.channel;
  let error = -EIO;
  mutexLock(c.mutex);
  for (let i: u32 = 0; i < TRIES && error != 0; i++) {
    error = writing ? ataTransferOut(drive, lba, count, buffer) : ataTransferIn(drive, lba, count, buffer);
    if (error == 0) break;
    report(d, writing ? ': write of sector ' : ': read of sector ', lba, count, error);
    recover(drive);
  }
  mutexUnlock(c.mutex);
  return error == 0 ? 0 : -EIO;
}

function read(d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  return transfer(d, lba, count, buffer, false);
}

function write(d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  return transfer(d, lba, count, buffer, true);
}

function flush(d: BlockDevice): i32 {
  const drive = driveOf(d);
  if (!drive.canFlush) return 0;
  mutexLock(drive.channel.mutex);
  const error = ataCommand(drive, drive.lba48 ? AtaCommand.FlushCacheExt : AtaCommand.FlushCache, 0);
  mutexUnlock(drive.channel.mutex);
  return error == 0 ? 0 : -EIO;
}

/** Asks for several sectors per interrupt; a drive that refuses works one by one. */
function setMultiple(drive: AtaDrive): void {
  const wanted = min(drive.multiple, WANTED_MULTIPLE);
  drive.multiple = 0;
  if (wanted > 1 && ataCommand(drive, AtaCommand.SetMultipleMode, wanted) == 0) drive.multiple = wanted;
}

function announce(d: BlockDevice): void {
  const drive = driveOf(d);
  logBegin(LOG_INFO, 'ata');
  logCStr(blockName(d));
  logStr(': ');
  logCStr(drive.model);
  logStr(', ');
  logDec(d.sectorCount >> 11);
  logStr(' MiB, ');
  logStr(drive.lba48 ? 'LBA48, ' : 'LBA28, ');
  logDec(max(drive.multiple, <u32>1));
  logStr(' sectors per interrupt');
  logEnd();
}

/** Registers the drive as a block device; its memory is then in use for ever. */
function register(drive: AtaDrive): BlockDevice | null {
  const d = alloc<BlockDevice>();
  if (changetype<usize>(d) == 0) return null;
  d.driver = changetype<usize>(drive);
  d.sectorCount = drive.sectorCount;
  d.maxSectors = MAX_SECTORS;
  const readFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = read;
  d.read = readFunction.index;
  const writeFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = write;
  d.write = writeFunction.index;
  const flushFunction: (d: BlockDevice) => i32 = flush;
  d.flush = flushFunction.index;
  blockNameAppend(d, 0x73);
  blockNameAppend(d, 0x64);
  blockNameAppend(d, nextLetter);
  if (!blockRegister(d)) {
    kfree(changetype<usize>(d));
    return null;
  }
  nextLetter++;
  return d;
}

/** Looks for one drive; returns its block device or null. `data` is scratch of one sector. */
function probeDrive(c: AtaChannel, slave: bool, data: usize): BlockDevice | null {
  const drive = alloc<AtaDrive>();
  if (changetype<usize>(drive) == 0) return null;
  drive.channel = c;
  drive.slave = slave;
  drive.model = kmalloc(MODEL_BYTES + 1);
  if (drive.model != 0 && identify(drive, data)) {
    const d = register(drive);
    if (d != null) return d;
  }
  kfree(drive.model);
  kfree(changetype<usize>(drive));
  return null;
}

function start(d: BlockDevice): void {
  setMultiple(driveOf(d));
  announce(d);
  const error = partitionsScan(d);
  if (error == 0) return;
  logBegin(LOG_WARN, 'ata');
  logCStr(blockName(d));
  logStr(': the partition table cannot be read');
  logEnd();
}

function probeChannel(c: AtaChannel, data: usize): void {
  if (ataRead(c, AtaReg.Status) == FLOATING) return;
  ataSetControl(c, AtaControl.NoInterrupts);
  const master = probeDrive(c, false, data);
  const slave = probeDrive(c, true, data);
  if (master == null && slave == null) return;
  ataRead(c, AtaReg.Status);
  registerIrq(c.irq, onInterrupt);
  ataSetControl(c, 0);
  if (master != null) start(master);
  if (slave != null) start(slave);
}

/** Finds the drives. Runs in a kernel thread: it sleeps for the disks. */
export function ataInit(): void {
  const data = kmalloc(SECTOR_BYTES);
  if (data == 0) return;
  probeChannel(setUpChannel(0, 0x1f0, 0x3f6, 14), data);
  probeChannel(setUpChannel(1, 0x170, 0x376, 15), data);
  kfree(data);
}
