/**
 * The thread that brings the system up once interrupts and threads work: drivers, root file system, first programs.
 */
import { driversInit } from '../drivers/init';
import { fdInstall, fdTableCreate, fdTableDestroy } from '../fs/fd-table';
import { File, fileRelease, fileRetain } from '../fs/file';
import { fsInit } from '../fs/init';
import { ipcInit } from '../ipc/init';
import { O_RDWR } from '../fs/open-flags';
import { vfsOpen } from '../fs/vfs';
import { cmdlineHas, cmdlineValue } from '../lib/command-line';
import { ENOMEM } from '../lib/errno';
import { PID_INIT } from '../lib/ids';
import { LOG_ERROR, logBegin, logCStr, logDec, logEnd, logStr } from '../lib/log';
import { panic } from '../lib/panic';
import { pageCacheInit } from '../mm/flusher';
import { runSelfTests } from '../selftest/run';
import { processSpawn } from './exec';
import { processExists } from './process';
import { sleepUntil } from '../sched/wait-queue';
import { NS_PER_MS, NS_PER_SECOND, nowNs } from '../sched/clock';

const INIT_PATH_MAX: usize = 256;
const initPath = memory.data(256, 8);
const firstPath = memory.data(32, 8);
const consolePath = memory.data(32, 8);
const rootPath = memory.data<u8>([47, 0]);
const slot = memory.data(8, 8);
/** How long the first program may take before init starts all the same. */
const FIRST_PROGRAM_NS: u64 = 10 * NS_PER_SECOND;

export function startSystem(_argument: usize): void {
  pageCacheInit();
  driversInit();
  ipcInit();
  const error = fsInit();
  if (error < 0) panic('no root file system');
  if (cmdlineHas('selftest')) runSelfTests();
  runFirstProgram(cstr('/bin/hello_time', firstPath));
  if (!cmdlineValue('init', initPath, INIT_PATH_MAX)) cstr('/bin/init', initPath);
  if (spawn(PID_INIT, initPath) < 0) panic('cannot start init');
}

/** Proves on each boot that a program runs that the kernel made itself, without fork or exec. */
function runFirstProgram(path: usize): void {
  const pid = spawn(0, path);
  const deadline = nowNs() + FIRST_PROGRAM_NS;
  while (pid > 0 && processExists(pid) && nowNs() < deadline) sleepUntil(nowNs() + NS_PER_MS);
}

function spawn(pid: i32, path: usize): i32 {
  const files = consoleFiles();
  const result = files == 0 ? -ENOMEM : processSpawn(pid, path, files);
  if (result >= 0) return result;
  if (files != 0) fdTableDestroy(files);
  logBegin(LOG_ERROR, 'start');
  logCStr(path);
  logStr(': error ');
  logDec(<u64>-result);
  logEnd();
  return result;
}

/** A descriptor table with the console as 0, 1 and 2. */
function consoleFiles(): usize {
  const files = fdTableCreate();
  if (files == 0) return 0;
  if (vfsOpen(0, cstr('/dev/console', consolePath), O_RDWR, 0, slot) < 0) return files;
  const file = changetype<File>(load<usize>(slot));
  for (let fd: i32 = 0; fd < 3; fd++) {
    fileRetain(file);
    if (fdInstall(files, file, fd, false) < 0) fileRelease(file);
  }
  fileRelease(file);
  return files;
}

/** Copies a literal to `out` as a C string. */
function cstr(literal: string, out: usize): usize {
  for (let i = 0; i < literal.length; i++) store<u8>(out + <usize>i, <u8>literal.charCodeAt(i));
  store<u8>(out + <usize>literal.length, 0);
  return out;
}
