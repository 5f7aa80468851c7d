/**
 * Commands of an ATA channel by programmed I/O (ATA/ATAPI-6 sections 9.5 to 9.7): each data block is announced by an
 * interrupt, for which the caller sleeps.
 *
 * - The caller serves the channel's queue (or is the probe): one command at a time.
 * - No wait is endless: a device that does not answer costs a time-out, a software reset and -EIO.
 */
import { EIO, ETIMEDOUT } from '../../lib/errno';
import { inb, insw, outb, outsw } from '../../arch/x86_64/ports';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { pause } from '../../arch/x86_64/cpu';
import { SECTOR_BYTES } from '../../block/block';
import { nowNs } from '../../sched/clock';
import { sleepOnUninterruptible, wakeAll } from '../../sched/wait-queue';
import { AtaChannel, AtaDrive } from './drive';
import {
  ATA_DEVICE_LBA,
  ATA_DEVICE_OBSOLETE,
  ATA_DEVICE_SLAVE,
  ATA_SET_TRANSFER_MODE,
  AtaCommand,
  AtaControl,
  AtaReg,
  AtaStatus,
} from './registers';

/** A drive that spins up answers within this; the standard allows 31 s for a reset. */
const COMMAND_TIMEOUT_NS: u64 = 10_000_000_000;
/** BSY clears within microseconds unless the drive is asleep. */
const POLL_TIMEOUT_NS: u64 = 1_000_000_000;
const WORDS_PER_SECTOR: u32 = SECTOR_BYTES / 2;
const LBA28_LIMIT: u64 = 1 << 28;

export function ataRead(c: AtaChannel, reg: i32): u32 {
  return inb(<u16>(c.base + reg));
}

export function ataWrite(c: AtaChannel, reg: i32, value: u32): void {
  outb(<u16>(c.base + reg), <u8>value);
}

export function ataSetControl(c: AtaChannel, value: i32): void {
  outb(<u16>c.control, <u8>value);
}

/** Status without acknowledging an interrupt. */
export function ataAltStatus(c: AtaChannel): u32 {
  return inb(<u16>c.control);
}

/** A device needs 400 ns before its status means something; each read of a port takes at least 100. */
export function ataSettle(c: AtaChannel): void {
  for (let i = 0; i < 4; i++) ataAltStatus(c);
}

/** Polls until BSY is clear; the status, or -ETIMEDOUT. */
export function ataPollReady(c: AtaChannel): i32 {
  let status = ataAltStatus(c);
  if (!(status & AtaStatus.Busy)) return status;
  const deadline = nowNs() + POLL_TIMEOUT_NS;
  while (status & AtaStatus.Busy) {
    if (nowNs() > deadline) return -ETIMEDOUT;
    pause();
    status = ataAltStatus(c);
  }
  return status;
}

/** The interrupt handler's part. A shared or stray interrupt finds the drive busy and is ignored. */
export function ataAcknowledge(c: AtaChannel): void {
  const flags = lockIrqSave(c.lock);
  if (!(ataAltStatus(c) & AtaStatus.Busy)) {
    c.status = ataRead(c, AtaReg.Status);
    c.interrupted = true;
    wakeAll(c.wait);
  }
  unlockIrqRestore(c.lock, flags);
}

/** Selects a drive and waits for it; 0 or -ETIMEDOUT. */
export function ataSelect(drive: AtaDrive, deviceBits: u32): i32 {
  const c = drive.channel;
  if (ataPollReady(c) < 0) return -ETIMEDOUT;
  ataWrite(c, AtaReg.Device, ATA_DEVICE_OBSOLETE | deviceBits | (drive.slave ? ATA_DEVICE_SLAVE : 0));
  ataSettle(c);
  return ataPollReady(c) < 0 ? -ETIMEDOUT : 0;
}

/** Issues the command; an interrupt from before does not count for it. */
export function ataIssue(c: AtaChannel, command: u32): void {
  const flags = lockIrqSave(c.lock);
  c.interrupted = false;
  unlockIrqRestore(c.lock, flags);
  ataWrite(c, AtaReg.Command, command);
}

/** Sleeps until the next interrupt of the command; the status, or -ETIMEDOUT. */
export function ataAwait(c: AtaChannel): i32 {
  const deadline = nowNs() + COMMAND_TIMEOUT_NS;
  const flags = lockIrqSave(c.lock);
  let result = 0;
  while (!c.interrupted && result == 0) result = sleepOnUninterruptible(c.wait, c.lock, deadline);
  let status = <i32>c.status;
  if (!c.interrupted) {
    // A lost interrupt is not a lost command: the drive itself says whether it is done.
    c.timeouts++;
    status = ataAltStatus(c);
    if (status & AtaStatus.Busy) status = -ETIMEDOUT;
    else ataRead(c, AtaReg.Status);
  }
  c.interrupted = false;
  unlockIrqRestore(c.lock, flags);
  return status;
}

/** Software reset of both drives of the channel; false when it does not come back. */
export function ataReset(c: AtaChannel): bool {
  ataSetControl(c, AtaControl.SoftwareReset | AtaControl.NoInterrupts);
  ataSettle(c); // the signal must last 5 us: a few more port reads
  for (let i = 0; i < 50; i++) ataAltStatus(c);
  ataSetControl(c, 0);
  ataSettle(c);
  return ataPollReady(c) >= 0;
}

export function ataFailed(status: i32): bool {
  return status < 0 || (status & (AtaStatus.Error | AtaStatus.DeviceFault)) != 0;
}

/** Selects the drive and loads address and count; 0 or -ETIMEDOUT. */
export function ataAddress(drive: AtaDrive, lba: u64, count: u32, wide: bool): i32 {
  const c = drive.channel;
  const top: u32 = wide ? 0 : (<u32>(lba >> 24)) & 0x0f;
  const error = ataSelect(drive, ATA_DEVICE_LBA | top);
  if (error != 0) return error;
  if (wide) {
    ataWrite(c, AtaReg.SectorCount, count >> 8);
    ataWrite(c, AtaReg.LbaLow, (<u32>(lba >> 24)) & 0xff);
    ataWrite(c, AtaReg.LbaMid, (<u32>(lba >> 32)) & 0xff);
    ataWrite(c, AtaReg.LbaHigh, (<u32>(lba >> 40)) & 0xff);
  }
  ataWrite(c, AtaReg.SectorCount, count & 0xff);
  ataWrite(c, AtaReg.LbaLow, (<u32>lba) & 0xff);
  ataWrite(c, AtaReg.LbaMid, (<u32>(lba >> 8)) & 0xff);
  ataWrite(c, AtaReg.LbaHigh, (<u32>(lba >> 16)) & 0xff);
  return 0;
}

/** Whether the command must be one of the 48-bit feature set. */
export function ataIsWide(drive: AtaDrive, lba: u64, count: u32): bool {
  return drive.lba48 && (lba + count > LBA28_LIMIT || count > 256);
}

function readCommand(drive: AtaDrive, wide: bool): u32 {
  if (drive.multiple > 1) return wide ? AtaCommand.ReadMultipleExt : AtaCommand.ReadMultiple;
  return wide ? AtaCommand.ReadSectorsExt : AtaCommand.ReadSectors;
}

function writeCommand(drive: AtaDrive, wide: bool): u32 {
  if (drive.multiple > 1) return wide ? AtaCommand.WriteMultipleExt : AtaCommand.WriteMultiple;
  return wide ? AtaCommand.WriteSectorsExt : AtaCommand.WriteSectors;
}

/** PIO data-in: reads `count` sectors, 1 to 256. 0, -EIO or -ETIMEDOUT. */
export function ataTransferIn(drive: AtaDrive, lba: u64, count: u32, buffer: usize): i32 {
  const c = drive.channel;
  const wide = ataIsWide(drive, lba, count);
  const error = ataAddress(drive, lba, count, wide);
  if (error != 0) return error;
  ataIssue(c, readCommand(drive, wide));
  const perInterrupt = max(drive.multiple, <u32>1);
  let done: u32 = 0;
  while (done < count) {
    const status = ataAwait(c);
    if (status < 0) return status;
    if (ataFailed(status) || !(status & AtaStatus.DataRequest)) return -EIO;
    const n = min(perInterrupt, count - done);
    insw(<u16>(c.base + AtaReg.Data), buffer + <usize>done * SECTOR_BYTES, n * WORDS_PER_SECTOR);
    done += n;
  }
  return 0;
}

/** PIO data-out: writes `count` sectors, 1 to 256. The first block is asked for without an interrupt. */
export function ataTransferOut(drive: AtaDrive, lba: u64, count: u32, buffer: usize): i32 {
  const c = drive.channel;
  const wide = ataIsWide(drive, lba, count);
  const error = ataAddress(drive, lba, count, wide);
  if (error != 0) return error;
  ataIssue(c, writeCommand(drive, wide));
  ataSettle(c);
  let status = ataPollReady(c);
  const perInterrupt = max(drive.multiple, <u32>1);
  let done: u32 = 0;
  while (done < count) {
    if (status < 0) return status;
    if (ataFailed(status) || !(status & AtaStatus.DataRequest)) return -EIO;
    const n = min(perInterrupt, count - done);
    outsw(<u16>(c.base + AtaReg.Data), buffer + <usize>done * SECTOR_BYTES, n * WORDS_PER_SECTOR);
    done += n;
    status = ataAwait(c);
  }
  return ataFailed(status) ? (status < 0 ? status : -EIO) : 0;
}

/** SET FEATURES, subcommand 03h; 0, -EIO or -ETIMEDOUT. */
export function ataSetTransferMode(drive: AtaDrive, mode: u32): i32 {
  const error = ataSelect(drive, ATA_DEVICE_LBA);
  if (error != 0) return error;
  ataWrite(drive.channel, AtaReg.Features, ATA_SET_TRANSFER_MODE);
  return ataCommand(drive, AtaCommand.SetFeatures, mode);
}

/** A command without data; 0, -EIO or -ETIMEDOUT. */
export function ataCommand(drive: AtaDrive, command: u32, count: u32): i32 {
  const c = drive.channel;
  const error = ataSelect(drive, ATA_DEVICE_LBA);
  if (error != 0) return error;
  ataWrite(c, AtaReg.SectorCount, count);
  ataIssue(c, command);
  const status = ataAwait(c);
  if (status < 0) return status;
  return ataFailed(status) ? -EIO : 0;
}
