/**
 * Bus-master DMA of an IDE channel.
 *
 * - The memory of a command is described by a table of physical regions (PRD): even addresses below 4 GiB, none of which
 *   crosses a 64 KiB boundary. What cannot be described so goes by programmed I/O.
 * - The caller serves the channel's queue.
 * Source: Intel "Programming Interface for Bus Master IDE Controller" 1.0 (1994); ATA/ATAPI-6 section 9.10.
 */
import { inb, outb, outl } from '../../arch/x86_64/ports';
import { EIO } from '../../lib/errno';
import { allocFrame } from '../../mm/frames';
import { physToVirt, virtToPhys } from '../../mm/layout';
import { BlockRequest, requestSegment } from '../../block/request';
import { ataAddress, ataAwait, ataFailed, ataIsWide, ataIssue } from './channel';
import { AtaChannel, AtaDrive } from './drive';
import { AtaCommand } from './registers';

const PRD_ENTRY_BYTES: u32 = 8;
const MAX_PRD_ENTRIES: u32 = 4096 / PRD_ENTRY_BYTES;
const END_OF_TABLE: u32 = 0x80000000;
const BOUNDARY: u64 = 0x10000;
const LIMIT: u64 = 0x1_0000_0000;

/** Offsets from the channel's base port. */
const enum Register {
  Command = 0,
  Status = 2,
  Table = 4,
}

const enum Command {
  Start = 0x01,
  ToMemory = 0x08,
}

const enum Status {
  Error = 0x02,
  Interrupt = 0x04,
}

/** Gives the channel a table; false when out of memory. `port` is its bus-master base. */
export function dmaSetUp(c: AtaChannel, port: u32): bool {
  const frame = allocFrame();
  if (frame == 0 || frame >= LIMIT) return false;
  c.prdPhysical = frame;
  c.prdTable = physToVirt(frame);
  c.busMaster = port;
  return true;
}

/** Appends a region; the new number of entries, or -1 when it cannot be described. */
function describe(c: AtaChannel, entries: i32, address: usize, bytes: u32): i32 {
  let physical = virtToPhys(address);
  if ((physical & 1) != 0 || physical + bytes > LIMIT) return -1;
  let left = bytes;
  let n = entries;
  while (left != 0) {
    if (<u32>n == MAX_PRD_ENTRIES) return -1;
    const toBoundary = <u32>(BOUNDARY - (physical & (BOUNDARY - 1)));
    const size = min(left, toBoundary);
    const entry = c.prdTable + <usize>n * PRD_ENTRY_BYTES;
    store<u32>(entry, <u32>physical);
    store<u32>(entry, size & 0xffff, 4); // 0 stands for 64 KiB
    physical += size;
    left -= size;
    n++;
  }
  return n;
}

/** Writes the table for a chain of requests; false when it has to go another way. */
export function dmaPrepare(c: AtaChannel, first: BlockRequest): bool {
  let n: i32 = 0;
  let r: BlockRequest | null = first;
  while (r != null) {
    for (let i: u32 = 0; i < r.segmentCount; i++) {
      const segment = requestSegment(r, i);
      n = describe(c, n, segment.address, segment.bytes);
      if (n < 0) return false;
    }
    r = r.next;
  }
  if (n == 0) return false;
  const last = c.prdTable + <usize>(n - 1) * PRD_ENTRY_BYTES;
  store<u32>(last, load<u32>(last, 4) | END_OF_TABLE, 4);
  return true;
}

function command(wide: bool, writing: bool): u32 {
  if (writing) return wide ? AtaCommand.WriteDmaExt : AtaCommand.WriteDma;
  return wide ? AtaCommand.ReadDmaExt : AtaCommand.ReadDma;
}

/** Moves `count` sectors as the prepared table says: 0, -EIO or -ETIMEDOUT. */
export function dmaTransfer(drive: AtaDrive, lba: u64, count: u32, writing: bool): i32 {
  const c = drive.channel;
  const control = <u16>(c.busMaster + Register.Command);
  const state = <u16>(c.busMaster + Register.Status);
  const direction: u32 = writing ? 0 : Command.ToMemory;
  const wide = ataIsWide(drive, lba, count);
  outb(control, <u8>direction);
  outb(state, <u8>(Status.Error | Status.Interrupt)); // written ones clear
  outl(<u16>(c.busMaster + Register.Table), <u32>c.prdPhysical);
  const error = ataAddress(drive, lba, count, wide);
  if (error != 0) return error;
  ataIssue(c, command(wide, writing));
  outb(control, <u8>(direction | Command.Start));
  const status = ataAwait(c);
  const outcome = inb(state);
  outb(control, <u8>direction);
  outb(state, <u8>(Status.Error | Status.Interrupt));
  if (status < 0) return status;
  return ataFailed(status) || (outcome & Status.Error) != 0 ? -EIO : 0;
}
