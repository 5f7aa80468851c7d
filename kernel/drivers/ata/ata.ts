/**
 * ATA disks on the two channels of a PC's IDE controller: probing, and block devices sda, sdb, ... for the drives that
 * are there. An absent drive or channel is normal. How a command is carried out is transfer.ts.
 */
import { LOG_INFO, LOG_WARN, logBegin, logCStr, logDec, logEnd, logStr } from '../../lib/log';
import { WaitQueue } from '../../sched/wait-queue';
import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { insw } from '../../arch/x86_64/ports';
import { registerIrq } from '../../arch/x86_64/irq';
import { BlockDevice, SECTOR_BYTES, blockName, blockNameAppend, blockRegister } from '../../block/block';
import { BlockRequest, RequestQueue } from '../../block/request';
import { statisticsCreate } from '../../block/statistics';
import { partitionsScan } from '../../block/partitions';
import {
  ataAcknowledge,
  ataIssue,
  ataPollReady,
  ataRead,
  ataSelect,
  ataSetControl,
  ataSettle,
  ataWrite,
} from './channel';
import { PCI_COMMAND_BUS_MASTER, pciEnable, pciFindClass, pciPortBar, pciProgIf } from '../pci/pci';
import { dmaSetUp } from './dma';
import { ataConfigure, ataExecute } from './transfer';
import { AtaChannel, AtaDrive } from './drive';
import { MODEL_BYTES, identifyParse } from './identify';
import { AtaCommand, AtaControl, AtaReg, AtaStatus } from './registers';

const CHANNELS: u32 = 2;
/** A channel without drives reads as a floating bus. */
const FLOATING: u32 = 0xff;
/** 512 KiB a command, where the drive can count so far. */
const MAX_SECTORS_WIDE: u32 = 1024;
const MAX_SECTORS: u32 = 256;
const PCI_CLASS_STORAGE: u32 = 1;
const PCI_SUBCLASS_IDE: u32 = 1;
/** Programming interface: the function can be a bus master. */
const PROG_IF_MASTER: u32 = 0x80;
const MASTER_BAR: u32 = 4;
const MASTER_BYTES: u32 = 8;
const MINORS_PER_DISK: u32 = 16;

const channels = memory.data(offsetof<AtaChannel>() * 2, 8);
const requestQueues = memory.data(offsetof<RequestQueue>() * 2, 8);
const locks = memory.data(4 * 2, 8);
const queues = memory.data(offsetof<WaitQueue>() * 2, 8);
let nextLetter: u8 = 0x61;

function channelAt(n: u32): AtaChannel {
  return changetype<AtaChannel>(channels + n * offsetof<AtaChannel>());
}

function setUpChannel(n: u32, base: i32, control: i32, irq: u32): void {
  const c = channelAt(n);
  c.base = base;
  c.control = control;
  c.irq = irq;
  c.queue = changetype<RequestQueue>(requestQueues + n * offsetof<RequestQueue>());
  const executeFunction: (queue: RequestQueue, first: BlockRequest) => i32 = ataExecute;
  c.queue.execute = executeFunction.index;
  c.lock = locks + n * 4;
  c.wait = changetype<WaitQueue>(queues + n * offsetof<WaitQueue>());
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
  if (drive.dma) logStr('DMA, ');
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
  d.maxSectors = drive.lba48 ? MAX_SECTORS_WIDE : MAX_SECTORS;
  d.queue = drive.channel.queue;
  d.statistics = statisticsCreate();
  d.minor = (nextLetter - 0x61) * MINORS_PER_DISK;
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
  ataConfigure(driveOf(d));
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

/** Gives the channels their halves of the controller's bus-master registers. */
function enableBusMaster(): void {
  const controller = pciFindClass(PCI_CLASS_STORAGE, PCI_SUBCLASS_IDE);
  if (controller < 0 || (pciProgIf(<u32>controller) & PROG_IF_MASTER) == 0) return;
  const port = pciPortBar(<u32>controller, MASTER_BAR);
  if (port == 0) return;
  pciEnable(<u32>controller, PCI_COMMAND_BUS_MASTER);
  for (let n: u32 = 0; n < CHANNELS; n++) dmaSetUp(channelAt(n), port + n * MASTER_BYTES);
}

/** Finds the drives. Runs in a kernel thread: it sleeps for the disks. */
export function ataInit(): void {
  const data = kmalloc(SECTOR_BYTES);
  if (data == 0) return;
  setUpChannel(0, 0x1f0, 0x3f6, 14);
  setUpChannel(1, 0x170, 0x376, 15);
  enableBusMaster();
  for (let n: u32 = 0; n < CHANNELS; n++) probeChannel(channelAt(n), data);
  kfree(data);
}
