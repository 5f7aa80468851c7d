/** The rows of /proc: which names there are and what makes their contents. Linux proc(5) describes each. */
import { FileOps } from '../file';
import {
  ENTRY_DIRECTORY,
  ENTRY_FDINFO,
  ENTRY_FDS,
  ENTRY_LINK,
  ENTRY_SPECIAL,
  ENTRY_TASKS,
  ENTRY_TEXT,
  PROCESS,
  SYSTEM,
  TOP,
  procAdd,
  procEntry,
} from './entries';
import * as ipc from './ipc-files';
import * as links from './links';
import { loadAverageInit } from './load-average';
import { mountInfo, mounts } from './mount-files';
import * as process from './process-files';
import * as random from './random-files';
import * as memoryFiles from './process-memory';
import * as settings from './settings';
import { processSmaps } from './smaps';
import { sysrqOps } from './sysrq-trigger';
import * as system from './system-files';
import { TextBuffer } from './text-buffer';

type Text = (t: TextBuffer, pid: i32, tid: i32) => void;
type Link = (pid: i32, tid: i32, buffer: usize, max: u32) => i32;
type Jump = (pid: i32, place: usize) => i32;
type Write = (pid: i32, buffer: usize, count: usize) => i64;

const READABLE: u32 = 0o444;
const PRIVATE: u32 = 0o400;
const WRITABLE: u32 = 0o644;
const DIRECTORY: u32 = 0o555;
const LINK: u32 = 0o777;

function text(table: u32, directory: u32, name: string, mode: u32, read: Text): u32 {
  const n = procAdd(table, directory, name, ENTRY_TEXT, mode);
  procEntry(table, n).read = read.index;
  return n;
}

function writable(table: u32, directory: u32, name: string, read: Text, write: Write): void {
  const n = text(table, directory, name, WRITABLE, read);
  procEntry(table, n).write = write.index;
}

function link(table: u32, name: string, read: Link): u32 {
  const n = procAdd(table, TOP, name, ENTRY_LINK, LINK);
  procEntry(table, n).read = read.index;
  return n;
}

function jumpLink(name: string, read: Link, jump: Jump): void {
  procEntry(PROCESS, link(PROCESS, name, read)).write = jump.index;
}

function special(name: string, mode: u32, ops: FileOps): void {
  procEntry(SYSTEM, procAdd(SYSTEM, TOP, name, ENTRY_SPECIAL, mode)).ops = ops;
}

function systemRows(): void {
  text(SYSTEM, TOP, 'cmdline', READABLE, system.kernelCommandLine);
  text(SYSTEM, TOP, 'cpuinfo', READABLE, system.cpuInfo);
  text(SYSTEM, TOP, 'devices', READABLE, system.deviceNumbers);
  text(SYSTEM, TOP, 'diskstats', READABLE, system.diskStatistics);
  text(SYSTEM, TOP, 'filesystems', READABLE, system.fileSystems);
  text(SYSTEM, TOP, 'interrupts', READABLE, system.interrupts);
  text(SYSTEM, TOP, 'loadavg', READABLE, system.loadAverages);
  text(SYSTEM, TOP, 'meminfo', READABLE, system.memoryInfo);
  text(SYSTEM, TOP, 'partitions', READABLE, system.partitions);
  text(SYSTEM, TOP, 'stat', READABLE, system.systemStatistics);
  text(SYSTEM, TOP, 'uptime', READABLE, system.uptime);
  text(SYSTEM, TOP, 'version', READABLE, system.version);
  text(SYSTEM, TOP, 'vmstat', READABLE, system.virtualMemory);
  link(SYSTEM, 'mounts', links.linkMounts);
  link(SYSTEM, 'self', links.linkSelf);
  link(SYSTEM, 'thread-self', links.linkThreadSelf);
  special('sysrq-trigger', 0o200, sysrqOps());
}

function settingRows(): void {
  const sys = procAdd(SYSTEM, TOP, 'sys', ENTRY_DIRECTORY, DIRECTORY);
  const kernel = procAdd(SYSTEM, sys, 'kernel', ENTRY_DIRECTORY, DIRECTORY);
  writable(SYSTEM, kernel, 'hostname', settings.hostName, settings.setHostName);
  writable(SYSTEM, kernel, 'domainname', settings.domainName, settings.setDomainName);
  text(SYSTEM, kernel, 'osrelease', READABLE, settings.osRelease);
  text(SYSTEM, kernel, 'ostype', READABLE, settings.osType);
  text(SYSTEM, kernel, 'version', READABLE, settings.osVersion);
  text(SYSTEM, kernel, 'pid_max', READABLE, settings.pidMax);
  const pool = procAdd(SYSTEM, kernel, 'random', ENTRY_DIRECTORY, DIRECTORY);
  text(SYSTEM, pool, 'boot_id', READABLE, random.bootIdentifier);
  text(SYSTEM, pool, 'entropy_avail', READABLE, random.poolSize);
  text(SYSTEM, pool, 'poolsize', READABLE, random.poolSize);
  text(SYSTEM, pool, 'uuid', READABLE, random.uuid);
  const vm = procAdd(SYSTEM, sys, 'vm', ENTRY_DIRECTORY, DIRECTORY);
  text(SYSTEM, vm, 'overcommit_memory', READABLE, settings.overcommit);
  const fs = procAdd(SYSTEM, sys, 'fs', ENTRY_DIRECTORY, DIRECTORY);
  text(SYSTEM, fs, 'nr_open', READABLE, settings.openMax);
  text(SYSTEM, fs, 'dentry-state', READABLE, settings.dentryState);
  ipcRows(kernel, fs);
}

function ipcRows(kernel: u32, fs: u32): void {
  text(SYSTEM, fs, 'pipe-max-size', READABLE, ipc.pipeMaxSize);
  const mqueue = procAdd(SYSTEM, fs, 'mqueue', ENTRY_DIRECTORY, DIRECTORY);
  text(SYSTEM, mqueue, 'queues_max', READABLE, ipc.queuesMax);
  text(SYSTEM, mqueue, 'msg_max', READABLE, ipc.messagesMax);
  text(SYSTEM, mqueue, 'msgsize_max', READABLE, ipc.messageSizeMax);
  text(SYSTEM, mqueue, 'msg_default', READABLE, ipc.messagesDefault);
  text(SYSTEM, mqueue, 'msgsize_default', READABLE, ipc.messageSizeDefault);
  text(SYSTEM, kernel, 'msgmax', READABLE, ipc.sysvMessageMax);
  text(SYSTEM, kernel, 'msgmnb', READABLE, ipc.sysvQueueBytes);
  text(SYSTEM, kernel, 'msgmni', READABLE, ipc.sysvQueues);
  text(SYSTEM, kernel, 'sem', READABLE, ipc.sysvSemaphores);
  text(SYSTEM, kernel, 'shmmax', READABLE, ipc.sysvSegmentBytes);
  text(SYSTEM, kernel, 'shmmni', READABLE, ipc.sysvSegments);
  const sysvipc = procAdd(SYSTEM, TOP, 'sysvipc', ENTRY_DIRECTORY, DIRECTORY);
  text(SYSTEM, sysvipc, 'sem', READABLE, ipc.sysvipcSem);
  text(SYSTEM, sysvipc, 'msg', READABLE, ipc.sysvipcMsg);
  text(SYSTEM, sysvipc, 'shm', READABLE, ipc.sysvipcShm);
}

function processRows(): void {
  text(PROCESS, TOP, 'auxv', PRIVATE, memoryFiles.processAuxiliary);
  text(PROCESS, TOP, 'cmdline', READABLE, memoryFiles.processCommandLine);
  writable(PROCESS, TOP, 'comm', process.processComm, process.setProcessComm);
  jumpLink('cwd', links.linkCwd, links.jumpCwd);
  text(PROCESS, TOP, 'environ', PRIVATE, memoryFiles.processEnvironment);
  jumpLink('exe', links.linkExe, links.jumpExe);
  procAdd(PROCESS, TOP, 'fd', ENTRY_FDS, 0o500);
  procAdd(PROCESS, TOP, 'fdinfo', ENTRY_FDINFO, DIRECTORY);
  text(PROCESS, TOP, 'limits', READABLE, process.processLimits);
  procEntry(PROCESS, text(PROCESS, TOP, 'maps', READABLE, memoryFiles.processMaps)).guarded = 1;
  procEntry(PROCESS, text(PROCESS, TOP, 'smaps', READABLE, processSmaps)).guarded = 1;
  text(PROCESS, TOP, 'mountinfo', READABLE, mountInfo);
  text(PROCESS, TOP, 'mounts', READABLE, mounts);
  text(PROCESS, TOP, 'oom_score', READABLE, process.processOomScore);
  writable(PROCESS, TOP, 'oom_score_adj', process.processOomAdjust, process.setOomAdjust);
  jumpLink('root', links.linkRoot, links.jumpRoot);
  text(PROCESS, TOP, 'stat', READABLE, process.processStat);
  text(PROCESS, TOP, 'statm', READABLE, process.processStatm);
  text(PROCESS, TOP, 'status', READABLE, process.processStatus);
  procAdd(PROCESS, TOP, 'task', ENTRY_TASKS, DIRECTORY);
}

export function procEntriesInit(): void {
  systemRows();
  settingRows();
  processRows();
  loadAverageInit();
}
