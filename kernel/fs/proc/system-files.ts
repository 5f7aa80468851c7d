/** The files of /proc that tell of the whole system, in the forms of Linux's proc(5). */
import { commandLine } from '../../arch/x86_64/boot-info';
import { irqCount } from '../../arch/x86_64/irq';
import { blockAt, blockCount, blockName } from '../../block/block';
import { cacheBytes } from '../../block/buffer-cache';
import { freeFrameCount, totalFrameCount } from '../../mm/frames';
import { thisCpu } from '../../arch/x86_64/percpu';
import { nowNs } from '../../sched/clock';
import { fileSystemAt, fileSystemCount } from '../filesystems';
import { TextBuffer, textByte, textCString, textHundredths, textPadded, textString } from './text-buffer';

const NEWLINE: u8 = 0x0a;
const KIB_PER_FRAME: u64 = 4;
const IRQ_LINES: u32 = 16;
const NS_PER_HUNDREDTH: u64 = 10_000_000;
/** Ticks of the scheduler's clock in a hundredth of a second. */
const TICKS_PER_HUNDREDTH: u64 = 10;

function memoryLine(t: TextBuffer, name: string, kib: u64): void {
  textString(t, name);
  textByte(t, 0x3a);
  for (let i = name.length; i < 15; i++) textByte(t, 0x20);
  textPadded(t, kib, 8);
  textString(t, ' kB\n');
}

export function memoryInfo(t: TextBuffer): void {
  const total = totalFrameCount() * KIB_PER_FRAME;
  const free = freeFrameCount() * KIB_PER_FRAME;
  const buffers = cacheBytes() / 1024;
  memoryLine(t, 'MemTotal', total);
  memoryLine(t, 'MemFree', free);
  memoryLine(t, 'MemAvailable', free + buffers);
  memoryLine(t, 'Buffers', buffers);
  memoryLine(t, 'Cached', 0);
  memoryLine(t, 'SwapTotal', 0);
  memoryLine(t, 'SwapFree', 0);
}

export function uptime(t: TextBuffer): void {
  textHundredths(t, nowNs() / NS_PER_HUNDREDTH);
  textByte(t, 0x20);
  textHundredths(t, thisCpu().idleTicks / TICKS_PER_HUNDREDTH);
  textByte(t, NEWLINE);
}

export function version(t: TextBuffer): void {
  textString(t, 'Breenix version 0.1.0 (AssemblyScript, clang) x86_64\n');
}

export function kernelCommandLine(t: TextBuffer): void {
  textCString(t, commandLine());
  textByte(t, NEWLINE);
}

export function interrupts(t: TextBuffer): void {
  textString(t, '           CPU0\n');
  for (let line: u32 = 0; line < IRQ_LINES; line++) {
    if (irqCount(line) == 0) continue;
    textPadded(t, line, 3);
    textString(t, ': ');
    textPadded(t, irqCount(line), 10);
    textString(t, '  XT-PIC\n');
  }
}

export function fileSystems(t: TextBuffer): void {
  for (let n: u32 = 0; n < fileSystemCount(); n++) {
    const type = fileSystemAt(n);
    textString(t, type.needsDevice ? '\t' : 'nodev\t');
    textCString(t, type.cName);
    textByte(t, NEWLINE);
  }
}

export function partitions(t: TextBuffer): void {
  textString(t, 'major minor  #blocks  name\n\n');
  for (let n: u32 = 0; n < blockCount(); n++) {
    const device = blockAt(n);
    textPadded(t, 8, 4);
    textPadded(t, n, 9);
    textPadded(t, device.sectorCount / 2, 11);
    textByte(t, 0x20);
    textCString(t, blockName(device));
    textByte(t, NEWLINE);
  }
}
