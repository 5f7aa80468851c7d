/**
 * The file system on /dev/mqueue: POSIX message queues as files, which can be listed, read for their state, made and removed
 * (Linux mq_overview(7)). There is one name space of queues, whichever mounts show it.
 *
 * A position in the directory is the number of the queue that was given last, plus 1.
 */
import {
  MQ_DEFAULT_MESSAGES,
  MQ_DEFAULT_SIZE,
  MessageQueue,
  mqCreate,
  mqFind,
  mqFirst,
  mqGet,
  mqIsNull,
  mqName,
  mqNamesEnter,
  mqNamesLeave,
  mqPut,
  mqUnlink,
} from '../../ipc/mqueue';
import { mqOps } from '../../ipc/mqueue-file';
import { ENOENT, ENOMEM, EPERM } from '../../lib/errno';
import { currentCredentials } from '../../proc/credentials';
import { DirentSink, direntEmit } from '../dirent';
import { File, FileOps, FileReadDirectory } from '../file';
import {
  Inode,
  InodeChanged,
  InodeCreate,
  InodeLookup,
  InodeOpen,
  InodeOps,
  InodeRelease,
  InodeUnlink,
  SuperBlock,
  inodeCreate,
} from '../inode';
import { FIRST_POSITION } from '../read-directory';
import { S_IFDIR, S_IFMT, S_IFREG, direntType } from '../stat';

const ROOT_NUMBER: u64 = 1;
/** MQUEUE_MAGIC. */
const MAGIC: u32 = 0x19800202;
/** FILENT_SIZE: st_size of a queue. */
const LINE_SIZE: u64 = 80;

const rootOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const rootFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const queueOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));

function queueOf(inode: Inode): MessageQueue {
  return changetype<MessageQueue>(inode.data);
}

/** An inode that takes over the caller's reference of the queue. */
function queueInode(superBlock: SuperBlock, q: MessageQueue, out: usize): i32 {
  const inode = inodeCreate(superBlock, q.number, S_IFREG | q.mode, queueOps, mqOps);
  if (inode == null) {
    mqPut(q);
    return -ENOMEM;
  }
  inode.uid = q.uid;
  inode.gid = q.gid;
  inode.size = LINE_SIZE;
  inode.accessed = <i64>q.created;
  inode.modified = <i64>q.created;
  inode.changed = <i64>q.created;
  inode.data = changetype<usize>(q);
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  mqNamesEnter();
  const q = mqFind(name, length);
  if (!mqIsNull(q)) mqGet(q);
  mqNamesLeave();
  return mqIsNull(q) ? -ENOENT : queueInode(directory.superBlock, q, out);
}

function create(directory: Inode, name: usize, length: u32, mode: u32, _rdev: u64, out: usize): i32 {
  if ((mode & S_IFMT) != S_IFREG) return -EPERM;
  const who = currentCredentials();
  mqNamesEnter();
  const error = mqCreate(
    name,
    length,
    mode & 0o777,
    who.fsuid,
    who.fsgid,
    MQ_DEFAULT_MESSAGES,
    MQ_DEFAULT_SIZE,
    out,
  );
  mqNamesLeave();
  return error != 0
    ? error
    : queueInode(directory.superBlock, changetype<MessageQueue>(load<usize>(out)), out);
}

function unlink(_directory: Inode, _name: usize, _length: u32, inode: Inode): i32 {
  mqNamesEnter();
  const error = mqUnlink(queueOf(inode));
  mqNamesLeave();
  inode.links = 0;
  return error;
}

/** chmod and chown: of the queue. */
function changed(inode: Inode): i32 {
  const q = queueOf(inode);
  q.mode = inode.mode & 0o777;
  q.uid = inode.uid;
  q.gid = inode.gid;
  return 0;
}

function open(inode: Inode, file: File): i32 {
  const q = queueOf(inode);
  mqNamesEnter();
  mqGet(q);
  mqNamesLeave();
  file.data = changetype<usize>(q);
  return 0;
}

function release(inode: Inode): void {
  mqPut(queueOf(inode));
}

/** The queue with the lowest number from `number` on; names are entered. */
function nextQueue(number: u64): MessageQueue {
  let found = changetype<MessageQueue>(<usize>0);
  for (let q = mqFirst(); !mqIsNull(q); q = changetype<MessageQueue>(q.next)) {
    if (<u64>q.number >= number && (mqIsNull(found) || q.number < found.number)) found = q;
  }
  return found;
}

function readEntries(file: File, sink: DirentSink): i32 {
  mqNamesEnter();
  while (true) {
    const q = nextQueue(file.offset - FIRST_POSITION);
    if (mqIsNull(q)) break;
    const next = <u64>q.number + 1 + FIRST_POSITION;
    if (!direntEmit(sink, q.number, next, direntType(S_IFREG), mqName(q), q.nameLength)) break;
    file.offset = next;
  }
  mqNamesLeave();
  return 0;
}

function setUp(): void {
  if (rootOps.lookup != 0) return;
  const lookupFunction: InodeLookup = lookup;
  rootOps.lookup = lookupFunction.index;
  const createFunction: InodeCreate = create;
  rootOps.create = createFunction.index;
  const unlinkFunction: InodeUnlink = unlink;
  rootOps.unlink = unlinkFunction.index;
  const entriesFunction: FileReadDirectory = readEntries;
  rootFileOps.readDirectory = entriesFunction.index;
  const changedFunction: InodeChanged = changed;
  queueOps.changed = changedFunction.index;
  const openFunction: InodeOpen = open;
  queueOps.open = openFunction.index;
  const releaseFunction: InodeRelease = release;
  queueOps.release = releaseFunction.index;
}

/** The `mount` of the type (filesystems.ts). */
export function mqueueMount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  setUp();
  superBlock.volatile = true;
  superBlock.magic = MAGIC;
  const inode = inodeCreate(superBlock, ROOT_NUMBER, S_IFDIR | 0o1777, rootOps, rootFileOps);
  if (inode == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}
