/** The files of /proc that tell of the whole system, in the forms of Linux's proc(5). */
import { commandLine } from '../../arch/x86_64/boot-info';
import { irqCount } from '../../arch/x86_64/irq';
import { blockAt, blockCount, blockName } from '../../block/block';
import { cacheBytes, cacheDirtyBytes } from '../../block/buffer-cache';
import { cpuid } from '../../arch/x86_64/cpu';
import { lastPid } from '../../lib/ids';
import { committedPages } from '../../mm/commit';
import { freeFrameCount, totalFrameCount } from '../../mm/frames';
import { cachedPages, sharedMemoryPages } from '../../mm/mapping';
import { dirtyPageCount, writebackPageCount, writtenPageCount } from '../../mm/writeback';
import { thisCpu } from '../../arch/x86_64/percpu';
import { processesEver } from '../../proc/process';
import { NS_PER_MS, NS_PER_SECOND, TICK_NS, clockHz, nowNs, realtimeNs } from '../../sched/clock';
import { idleNs } from '../../sched/scheduler';
import { fileSystemAt, fileSystemCount } from '../filesystems';
import { loadHundredths } from './load-average';
import { TaskCounts, countTasks } from './process-snapshot';
import {
  TextBuffer,
  textByte,
  textCString,
  textHundredths,
  textPadded,
  textString,
  textUnsigned,
} from './text-buffer';

const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const DISK_MAJOR: u32 = 8;
const KIB_PER_FRAME: u64 = 4;
const IRQ_LINES: u32 = 16;
const NS_PER_HUNDREDTH: u64 = 10_000_000;
/** Ticks of the scheduler's clock in a hundredth of a second. */

function memoryLine(t: TextBuffer, name: string, kib: u64): void {
  textString(t, name);
  textByte(t, 0x3a);
  for (let i = name.length; i < 15; i++) textByte(t, 0x20);
  textPadded(t, kib, 8);
  textString(t, ' kB\n');
}

/** Pages, in KiB. */
function pagesLine(t: TextBuffer, name: string, pages: u64): void {
  memoryLine(t, name, pages * KIB_PER_FRAME);
}

export function memoryInfo(t: TextBuffer, _pid: i32, _tid: i32): void {
  const free = freeFrameCount();
  const buffers = cacheBytes() / 1024;
  const cached = cachedPages();
  const shared = sharedMemoryPages();
  pagesLine(t, 'MemTotal', totalFrameCount());
  pagesLine(t, 'MemFree', free);
  memoryLine(t, 'MemAvailable', (free + cached - min(shared, cached)) * KIB_PER_FRAME + buffers);
  memoryLine(t, 'Buffers', buffers);
  pagesLine(t, 'Cached', cached);
  memoryLine(t, 'SwapCached', 0);
  memoryLine(t, 'SwapTotal', 0);
  memoryLine(t, 'SwapFree', 0);
  memoryLine(t, 'Dirty', dirtyPageCount() * KIB_PER_FRAME + cacheDirtyBytes() / 1024);
  pagesLine(t, 'Writeback', writebackPageCount());
  pagesLine(t, 'Shmem', shared);
  pagesLine(t, 'Committed_AS', committedPages());
}

export function uptime(t: TextBuffer, _pid: i32, _tid: i32): void {
  textHundredths(t, nowNs() / NS_PER_HUNDREDTH);
  textByte(t, 0x20);
  textHundredths(t, idleNs() / NS_PER_HUNDREDTH);
  textByte(t, NEWLINE);
}

export function version(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, 'Breenix version 0.1.0 (AssemblyScript, clang) x86_64\n');
}

export function kernelCommandLine(t: TextBuffer, _pid: i32, _tid: i32): void {
  textCString(t, commandLine());
  textByte(t, NEWLINE);
}

export function interrupts(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, '           CPU0\n');
  for (let line: u32 = 0; line < IRQ_LINES; line++) {
    if (irqCount(line) == 0) continue;
    textPadded(t, line, 3);
    textString(t, ': ');
    textPadded(t, irqCount(line), 10);
    textString(t, '  XT-PIC\n');
  }
}

export function fileSystems(t: TextBuffer, _pid: i32, _tid: i32): void {
  for (let n: u32 = 0; n < fileSystemCount(); n++) {
    const type = fileSystemAt(n);
    textString(t, type.needsDevice ? '\t' : 'nodev\t');
    textCString(t, type.cName);
    textByte(t, NEWLINE);
  }
}

export function partitions(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, 'major minor  #blocks  name\n\n');
  for (let n: u32 = 0; n < blockCount(); n++) {
    const device = blockAt(n);
    textPadded(t, DISK_MAJOR, 4);
    textPadded(t, device.minor, 9);
    textPadded(t, device.sectorCount / 2, 11);
    textByte(t, SPACE);
    textCString(t, blockName(device));
    textByte(t, NEWLINE);
  }
}

function number(t: TextBuffer, value: u64): void {
  textByte(t, SPACE);
  textUnsigned(t, value);
}

/** Documentation/admin-guide/iostats.rst of Linux; times in milliseconds. */
export function diskStatistics(t: TextBuffer, _pid: i32, _tid: i32): void {
  for (let n: u32 = 0; n < blockCount(); n++) {
    const device = blockAt(n);
    const s = device.statistics;
    textPadded(t, DISK_MAJOR, 4);
    textPadded(t, device.minor, 8);
    textByte(t, SPACE);
    textCString(t, blockName(device));
    number(t, s.reads);
    number(t, s.readsMerged);
    number(t, s.sectorsRead);
    number(t, s.readNs / NS_PER_MS);
    number(t, s.writes);
    number(t, s.writesMerged);
    number(t, s.sectorsWritten);
    number(t, s.writeNs / NS_PER_MS);
    number(t, s.inFlight);
    number(t, (s.readNs + s.writeNs) / NS_PER_MS);
    number(t, (s.readNs + s.writeNs) / NS_PER_MS);
    textString(t, ' 0 0 0 0');
    number(t, s.flushes);
    number(t, s.flushNs / NS_PER_MS);
    textByte(t, NEWLINE);
  }
}

const counts = changetype<TaskCounts>(memory.data(offsetof<TaskCounts>(), 8));

/** user, nice, system, idle and the six others that are 0 here, in hundredths. */
function cpuLine(t: TextBuffer, name: string): void {
  const cpu = thisCpu();
  textString(t, name);
  number(t, (cpu.userTicks * TICK_NS) / NS_PER_HUNDREDTH);
  textString(t, ' 0');
  number(t, (cpu.systemTicks * TICK_NS) / NS_PER_HUNDREDTH);
  number(t, idleNs() / NS_PER_HUNDREDTH);
  textString(t, ' 0 0 0 0 0 0\n');
}

/** /proc/stat. */
export function systemStatistics(t: TextBuffer, _pid: i32, _tid: i32): void {
  countTasks(counts);
  cpuLine(t, 'cpu ');
  cpuLine(t, 'cpu0');
  let interruptCount: u64 = 0;
  for (let line: u32 = 0; line < IRQ_LINES; line++) interruptCount += irqCount(line);
  textString(t, 'intr');
  number(t, interruptCount);
  for (let line: u32 = 0; line < IRQ_LINES; line++) number(t, irqCount(line));
  textString(t, '\nctxt');
  number(t, thisCpu().switches);
  textString(t, '\nbtime');
  number(t, (realtimeNs() - nowNs()) / NS_PER_SECOND);
  textString(t, '\nprocesses');
  number(t, processesEver());
  textString(t, '\nprocs_running');
  number(t, max<u32>(counts.runnable, 1));
  textString(t, '\nprocs_blocked');
  number(t, counts.blocked);
  textByte(t, NEWLINE);
}

export function loadAverages(t: TextBuffer, _pid: i32, _tid: i32): void {
  countTasks(counts);
  for (let n: usize = 0; n < 3; n++) {
    textHundredths(t, loadHundredths(n));
    textByte(t, SPACE);
  }
  textUnsigned(t, counts.runnable);
  textByte(t, 0x2f);
  textUnsigned(t, counts.threads);
  number(t, lastPid());
  textByte(t, NEWLINE);
}

export function virtualMemory(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, 'nr_free_pages');
  number(t, freeFrameCount());
  textString(t, '\nnr_file_pages');
  number(t, cachedPages());
  textString(t, '\nnr_dirty');
  number(t, dirtyPageCount());
  textString(t, '\nnr_writeback');
  number(t, writebackPageCount());
  textString(t, '\nnr_shmem');
  number(t, sharedMemoryPages());
  textString(t, '\nnr_written');
  number(t, writtenPageCount());
  textByte(t, NEWLINE);
}

/** Major numbers and their drivers. */
export function deviceNumbers(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, 'Character devices:\n  1 mem\n  4 tty\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n');
  textString(t, '  5 /dev/ptmx\n 29 fb\n136 pts\n\nBlock devices:\n  8 sd\n');
}

const registers = memory.data(16, 4);

/** Four registers of a CPUID leaf as text: the maker's name and the brand string. */
function cpuText(t: TextBuffer, register: u32): void {
  let bits = load<u32>(registers + register * 4);
  for (let i = 0; i < 4; i++, bits >>= 8) if ((bits & 0xff) != 0) textByte(t, <u8>bits);
}

const BRAND_LEAF: u32 = 0x80000002;
/** CPUID leaf 1 EDX and ECX, bit by bit as Linux names them; an empty word is a bit without a name. */
const FLAGS_EDX: string =
  'fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe';
const FLAGS_ECX: string =
  'pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave osxsave avx f16c rdrand hypervisor';

function flagNames(t: TextBuffer, bits: u32, names: string): void {
  let bit = 0;
  let shown = false;
  for (let i = 0; i <= names.length; i++) {
    const c = i == names.length ? SPACE : <u8>names.charCodeAt(i);
    if (c == SPACE) {
      if (shown) textByte(t, SPACE);
      bit++;
      shown = false;
    } else if (((bits >> bit) & 1) != 0 && c != 0x2d) {
      textByte(t, c);
      shown = true;
    }
  }
}

/** /proc/cpuinfo, from CPUID (Intel SDM 2A, CPUID). */
export function cpuInfo(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, 'processor\t: 0\nvendor_id\t: ');
  cpuid(0, 0, registers);
  cpuText(t, 1);
  cpuText(t, 3);
  cpuText(t, 2);
  cpuid(1, 0, registers);
  const signature = load<u32>(registers);
  const ecx = load<u32>(registers, 8);
  const edx = load<u32>(registers, 12);
  const family = (signature >> 8) & 15;
  const model = ((signature >> 4) & 15) | (family == 6 || family == 15 ? (signature >> 12) & 0xf0 : 0);
  textString(t, '\ncpu family\t:');
  number(t, family == 15 ? family + ((signature >> 20) & 0xff) : family);
  textString(t, '\nmodel\t\t:');
  number(t, model);
  textString(t, '\nmodel name\t: ');
  for (let leaf: u32 = 0; leaf < 3; leaf++) {
    cpuid(BRAND_LEAF + leaf, 0, registers);
    for (let r: u32 = 0; r < 4; r++) cpuText(t, r);
  }
  textString(t, '\nstepping\t:');
  number(t, signature & 15);
  const hz = clockHz();
  if (hz != 0) {
    textString(t, '\ncpu MHz\t\t: ');
    textHundredths(t, hz / 10_000);
  }
  textString(t, '\nsiblings\t: 1\ncpu cores\t: 1\nflags\t\t: ');
  flagNames(t, edx, FLAGS_EDX);
  flagNames(t, ecx, FLAGS_ECX);
  textString(t, '\naddress sizes\t: 40 bits physical, 48 bits virtual\n\n');
}
