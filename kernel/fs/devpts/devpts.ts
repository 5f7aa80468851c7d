/**
 * The file system on /dev/pts: one device for each pty whose master is open, named by its number, and `ptmx` to open a new
 * one. Source: Linux Documentation/filesystems/devpts.
 *
 * Options: `mode=` and `gid=` of new slaves, `ptmxmode=` of ptmx; there is one instance, whichever mounts show it.
 */
import { ENOENT, ENOMEM, ENXIO, EIO } from '../../lib/errno';
import {
  PTS_MAJOR,
  PTY_COUNT,
  Pty,
  ptyAllocate,
  ptyAllocateError,
  ptyAt,
  ptyInit,
  ptyMasterAlone,
  ptyMasterClosed,
  ptyMasterHasEvent,
  ptyMasterIoctl,
  ptyMasterRead,
  ptyMasterReadable,
  ptyMasterWrite,
  ptySlaveOpened,
} from '../../drivers/tty/pty';
import { ttyHasRoom } from '../../drivers/tty/tty';
import { ttyFileOpen, ttyFileOps } from '../../drivers/tty/tty-file';
import { POLLHUP, POLLIN, POLLOUT, POLLPRI } from '../../lib/poll-bits';
import { PollWait, pollRegister } from '../../sched/poll-wait';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess } from '../../proc/process';
import { devfsRegister } from '../devfs/devfs';
import { DirentSink, direntEmit } from '../dirent';
import { fdInstall } from '../fd-table';
import {
  File,
  FileIoctl,
  FileOps,
  FilePoll,
  FileReadDirectory,
  FileRelease,
  FileTransfer,
  fileRelease,
} from '../file';
import { Inode, InodeChanged, InodeLookup, InodeOpen, InodeOps, SuperBlock, inodeCreate } from '../inode';
import { O_CLOEXEC, O_NONBLOCK } from '../open-flags';
import { FIRST_POSITION } from '../read-directory';
import { S_IFCHR, S_IFDIR, direntType, makeDevice } from '../stat';
import { vfsOpen } from '../vfs';

/** DEVPTS_SUPER_MAGIC */
const MAGIC: u32 = 0x1cd1;
const ROOT_NUMBER: u64 = 1;
const PTMX_NUMBER: u64 = 2;
const FIRST_SLAVE_NUMBER: u64 = 3;
const TTYAUX_MAJOR: u32 = 5;
const PTMX_MINOR: u32 = 2;
const TIOCGPTPEER: u32 = 0x5441;
const PTMX_NAME = memory.data<u8>([0x70, 0x74, 0x6d, 0x78]);
const PTMX_LENGTH: u32 = 4;
const DEV_PTS = memory.data<u8>([0x2f, 0x64, 0x65, 0x76, 0x2f, 0x70, 0x74, 0x73, 0x2f]);
const DEV_PTS_LENGTH: usize = 9;
/** No option given: the group of the opener, as pty(7) has it. */
const NO_GROUP: u32 = u32.MAX_VALUE;

const rootOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const rootFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const slaveOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const slaveFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const ptmxOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const masterFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

let slaveMode: u32 = 0o600;
let slaveGroup: u32 = NO_GROUP;
let ptmxMode: u32 = 0;

function ptyOf(file: File): Pty {
  return changetype<Pty>(file.data);
}

function isNonBlocking(file: File): bool {
  return (file.flags & O_NONBLOCK) != 0;
}

function masterRead(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return ptyMasterRead(ptyOf(file), buffer, count, isNonBlocking(file));
}

function masterWrite(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return ptyMasterWrite(ptyOf(file), buffer, count, isNonBlocking(file));
}

/** Decimal at `to`; how many digits. */
function putNumber(to: usize, value: u32): u32 {
  let digits: u32 = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  let rest = value;
  for (let i: u32 = digits; i > 0; i--) {
    store<u8>(to + i - 1, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  }
  return digits;
}

/** TIOCGPTPEER: a descriptor of the slave, opened with the flags given, whatever is mounted where. */
function openPeer(p: Pty, flags: u32): i64 {
  const path = kmalloc(32);
  if (path == 0) return -ENOMEM;
  memory.copy(path + 8, DEV_PTS, DEV_PTS_LENGTH);
  putNumber(path + 8 + DEV_PTS_LENGTH, p.index);
  const error = vfsOpen(0, path + 8, flags, 0, path);
  const file = changetype<File>(load<usize>(path));
  kfree(path);
  if (error != 0) return error;
  const fd = fdInstall(currentProcess().files, file, 0, (flags & O_CLOEXEC) != 0);
  if (fd < 0) fileRelease(file);
  return fd;
}

function masterIoctl(file: File, request: u32, argument: u64): i64 {
  if (request == TIOCGPTPEER) return openPeer(ptyOf(file), <u32>argument);
  return ptyMasterIoctl(ptyOf(file), request, argument);
}

function masterPoll(file: File, wait: PollWait | null): u32 {
  const p = ptyOf(file);
  pollRegister(wait, p.readers, POLLIN);
  pollRegister(wait, p.writers, POLLOUT);
  let events: u32 = ttyHasRoom(p.slave) ? POLLOUT : 0;
  if (ptyMasterReadable(p)) events |= POLLIN;
  if (ptyMasterHasEvent(p)) events |= POLLPRI;
  if (ptyMasterAlone(p)) events |= POLLHUP;
  return events;
}

function masterRelease(file: File): void {
  if (file.data != 0) ptyMasterClosed(ptyOf(file));
}

/** Opening ptmx: the file becomes the master of a new pair. */
function openPtmx(_inode: Inode, file: File): i32 {
  const at = ptyAllocate();
  if (at == 0) return ptyAllocateError();
  const p = changetype<Pty>(at);
  p.mode = slaveMode;
  if (slaveGroup != NO_GROUP) p.gid = slaveGroup;
  file.ops = masterFileOps;
  file.data = at;
  return 0;
}

function openSlave(inode: Inode, file: File): i32 {
  const p = ptyAt(<u32>(inode.number - FIRST_SLAVE_NUMBER));
  if (p == null) return -EIO;
  const error = ttyFileOpen(p.slave, file);
  if (error == 0) ptySlaveOpened(p);
  return error;
}

/** chown and chmod of a slave (login, grantpt): remembered with the pair. */
function slaveChanged(inode: Inode): i32 {
  const p = ptyAt(<u32>(inode.number - FIRST_SLAVE_NUMBER));
  if (p == null) return -ENXIO;
  p.uid = inode.uid;
  p.gid = inode.gid;
  p.mode = inode.mode & 0o7777;
  return 0;
}

function slaveInode(superBlock: SuperBlock, p: Pty, out: usize): i32 {
  const inode = inodeCreate(
    superBlock,
    FIRST_SLAVE_NUMBER + p.index,
    S_IFCHR | p.mode,
    slaveOps,
    slaveFileOps,
  );
  if (inode == null) return -ENOMEM;
  inode.uid = p.uid;
  inode.gid = p.gid;
  inode.accessed = p.createdNs;
  inode.modified = p.createdNs;
  inode.changed = p.createdNs;
  inode.specialDevice = makeDevice(PTS_MAJOR, p.index);
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

function ptmxInode(superBlock: SuperBlock, out: usize): i32 {
  const inode = inodeCreate(superBlock, PTMX_NUMBER, S_IFCHR | ptmxMode, ptmxOps, masterFileOps);
  if (inode == null) return -ENOMEM;
  inode.specialDevice = makeDevice(TTYAUX_MAJOR, PTMX_MINOR);
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  if (length == PTMX_LENGTH && memory.compare(name, PTMX_NAME, PTMX_LENGTH) == 0)
    return ptmxInode(directory.superBlock, out);
  if (length == 0 || length > 3 || (length > 1 && load<u8>(name) == 0x30)) return -ENOENT;
  let index: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const digit = <u32>load<u8>(name + i) - 0x30;
    if (digit > 9) return -ENOENT;
    index = index * 10 + digit;
  }
  const p = ptyAt(index);
  return p == null ? -ENOENT : slaveInode(directory.superBlock, p, out);
}

/** Position FIRST_POSITION is ptmx, those after it the slaves by number. */
function readEntries(file: File, sink: DirentSink): i32 {
  if (file.offset == FIRST_POSITION) {
    const next = file.offset + 1;
    if (!direntEmit(sink, PTMX_NUMBER, next, direntType(S_IFCHR), PTMX_NAME, PTMX_LENGTH)) return 0;
    file.offset = next;
  }
  while (file.offset - FIRST_POSITION - 1 < PTY_COUNT) {
    const index = <u32>(file.offset - FIRST_POSITION - 1);
    const next = file.offset + 1;
    if (ptyAt(index) != null) {
      const length = putNumber(sink.scratch, index);
      if (!direntEmit(sink, FIRST_SLAVE_NUMBER + index, next, direntType(S_IFCHR), sink.scratch, length))
        break;
    }
    file.offset = next;
  }
  return 0;
}

function setUp(): void {
  if (rootOps.lookup != 0) return;
  ptyInit();
  ttyFileOps(slaveFileOps);
  const lookupFunction: InodeLookup = lookup;
  rootOps.lookup = lookupFunction.index;
  const entriesFunction: FileReadDirectory = readEntries;
  rootFileOps.readDirectory = entriesFunction.index;
  const slaveFunction: InodeOpen = openSlave;
  slaveOps.open = slaveFunction.index;
  const changedFunction: InodeChanged = slaveChanged;
  slaveOps.changed = changedFunction.index;
  const ptmxFunction: InodeOpen = openPtmx;
  ptmxOps.open = ptmxFunction.index;
  const readFunction: FileTransfer = masterRead;
  masterFileOps.read = readFunction.index;
  const writeFunction: FileTransfer = masterWrite;
  masterFileOps.write = writeFunction.index;
  const ioctlFunction: FileIoctl = masterIoctl;
  masterFileOps.ioctl = ioctlFunction.index;
  const pollFunction: FilePoll = masterPoll;
  masterFileOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = masterRelease;
  masterFileOps.release = releaseFunction.index;
}

/** Registers /dev/ptmx. */
export function devptsInit(): void {
  setUp();
  devfsRegister(
    'ptmx',
    S_IFCHR | 0o666,
    makeDevice(TTYAUX_MAJOR, PTMX_MINOR),
    masterFileOps,
    ptmxOps.open,
    0,
  );
}

/** The number after `word` in the comma-separated options, in this radix; -1 when it is not there. */
function option(options: usize, word: string, radix: i32): i32 {
  for (let at = options; load<u8>(at) != 0; at++) {
    if (at != options && load<u8>(at - 1) != 0x2c) continue;
    let i = 0;
    while (i < word.length && load<u8>(at + <usize>i) == <u8>word.charCodeAt(i)) i++;
    if (i != word.length) continue;
    let value = 0;
    for (at += <usize>i; load<u8>(at) >= 0x30 && load<u8>(at) < <u8>(0x30 + radix); at++) {
      value = value * radix + (load<u8>(at) - 0x30);
    }
    return value;
  }
  return -1;
}

/** The `mount` of the type (filesystems.ts). */
export function devptsMount(superBlock: SuperBlock, options: usize, out: usize): i32 {
  const mode = option(options, 'mode=', 8);
  if (mode >= 0) slaveMode = (<u32>mode) & 0o7777;
  const group = option(options, 'gid=', 10);
  if (group >= 0) slaveGroup = <u32>group;
  const ptmx = option(options, 'ptmxmode=', 8);
  if (ptmx >= 0) ptmxMode = (<u32>ptmx) & 0o7777;
  superBlock.volatile = true;
  superBlock.magic = MAGIC;
  const inode = inodeCreate(superBlock, ROOT_NUMBER, S_IFDIR | 0o755, rootOps, rootFileOps);
  if (inode == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}
