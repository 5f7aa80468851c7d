/** The tables of functions by which the VFS reaches ext2's files. */
import { DirentSink } from '../dirent';
import { File, FileReadDirectory } from '../file';
import {
  Inode,
  InodeAllocate,
  InodeChanged,
  InodeCreate,
  InodeExchange,
  InodeLink,
  InodeLookup,
  InodePages,
  InodePrepareWrite,
  InodeReadLink,
  InodeRelease,
  InodeRename,
  InodeSeekData,
  InodeSetSize,
  InodeSymlink,
  InodeSync,
  InodeTemporary,
  InodeUnlink,
} from '../inode';
import { pagedReadIndex, pagedWriteIndex } from '../paged-file';
import { ext2ReadDirectory } from './directory';
import { ext2SetSize, ext2Changed, ext2Allocate } from './attributes';
import { directoryOps, ext2Release, fileOps, inodeOps } from './inodes';
import {
  ext2Create,
  ext2Exchange,
  ext2Link,
  ext2Lookup,
  ext2ReadLink,
  ext2Rename,
  ext2Symlink,
  ext2Temporary,
  ext2Unlink,
} from './names';
import { ext2PrepareWrite, ext2ReadPages, ext2Sync, ext2WritePages } from './pages';
import { ext2SeekData } from './seek';

function setUpNames(): void {
  const lookup: InodeLookup = ext2Lookup;
  inodeOps.lookup = lookup.index;
  const create: InodeCreate = ext2Create;
  inodeOps.create = create.index;
  const symlink: InodeSymlink = ext2Symlink;
  inodeOps.symlink = symlink.index;
  const link: InodeLink = ext2Link;
  inodeOps.link = link.index;
  const unlink: InodeUnlink = ext2Unlink;
  inodeOps.unlink = unlink.index;
  const rename: InodeRename = ext2Rename;
  inodeOps.rename = rename.index;
  const exchange: InodeExchange = ext2Exchange;
  inodeOps.exchange = exchange.index;
  const temporary: InodeTemporary = ext2Temporary;
  inodeOps.temporary = temporary.index;
  const readLink: InodeReadLink = ext2ReadLink;
  inodeOps.readLink = readLink.index;
}

function setUpContents(): void {
  const release: InodeRelease = ext2Release;
  inodeOps.release = release.index;
  const changed: InodeChanged = ext2Changed;
  inodeOps.changed = changed.index;
  const setSize: InodeSetSize = ext2SetSize;
  inodeOps.setSize = setSize.index;
  const readPages: InodePages = ext2ReadPages;
  inodeOps.readPages = readPages.index;
  const writePages: InodePages = ext2WritePages;
  inodeOps.writePages = writePages.index;
  const prepareWrite: InodePrepareWrite = ext2PrepareWrite;
  inodeOps.prepareWrite = prepareWrite.index;
  const sync: InodeSync = ext2Sync;
  inodeOps.sync = sync.index;
  const allocate: InodeAllocate = ext2Allocate;
  inodeOps.allocate = allocate.index;
  const seekData: InodeSeekData = ext2SeekData;
  inodeOps.seekData = seekData.index;
}

/** Fills the tables; any number of times. */
export function setUpOps(): void {
  setUpNames();
  setUpContents();
  fileOps.read = pagedReadIndex();
  fileOps.write = pagedWriteIndex();
  fileOps.anyMemory = true;
  fileOps.seekable = true;
  const readDirectory: FileReadDirectory = ext2ReadDirectory;
  directoryOps.readDirectory = readDirectory.index;
}
