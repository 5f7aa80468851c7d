/** The tables of functions by which the VFS reaches ext2's files. */
import { DirentSink } from '../dirent';
import { File } from '../file';
import { Inode } from '../inode';
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

type Rename = (
  oldDir: Inode,
  oldName: usize,
  oldLength: u32,
  inode: Inode,
  newDir: Inode,
  newName: usize,
  newLength: u32,
  replaced: Inode | null,
) => i32;
type Exchange = (
  dirA: Inode,
  nameA: usize,
  lengthA: u32,
  inodeA: Inode,
  dirB: Inode,
  nameB: usize,
  lengthB: u32,
  inodeB: Inode,
) => i32;
type Pages = (inode: Inode, index: u64, count: u32, pages: usize) => i32;

function setUpNames(): void {
  const lookup: (directory: Inode, name: usize, length: u32, out: usize) => i32 = ext2Lookup;
  inodeOps.lookup = lookup.index;
  const create: (dir: Inode, name: usize, length: u32, mode: u32, rdev: u64, out: usize) => i32 = ext2Create;
  inodeOps.create = create.index;
  const symlink: (dir: Inode, name: usize, length: u32, target: usize, n: u32, out: usize) => i32 =
    ext2Symlink;
  inodeOps.symlink = symlink.index;
  const link: (inode: Inode, dir: Inode, name: usize, length: u32) => i32 = ext2Link;
  inodeOps.link = link.index;
  const unlink: (dir: Inode, name: usize, length: u32, inode: Inode) => i32 = ext2Unlink;
  inodeOps.unlink = unlink.index;
  const rename: Rename = ext2Rename;
  inodeOps.rename = rename.index;
  const exchange: Exchange = ext2Exchange;
  inodeOps.exchange = exchange.index;
  const temporary: (dir: Inode, mode: u32, out: usize) => i32 = ext2Temporary;
  inodeOps.temporary = temporary.index;
  const readLink: (inode: Inode, buffer: usize, max: u32) => i32 = ext2ReadLink;
  inodeOps.readLink = readLink.index;
}

function setUpContents(): void {
  const release: (inode: Inode) => void = ext2Release;
  inodeOps.release = release.index;
  const changed: (inode: Inode) => i32 = ext2Changed;
  inodeOps.changed = changed.index;
  const setSize: (inode: Inode, size: u64) => i32 = ext2SetSize;
  inodeOps.setSize = setSize.index;
  const readPages: Pages = ext2ReadPages;
  inodeOps.readPages = readPages.index;
  const writePages: Pages = ext2WritePages;
  inodeOps.writePages = writePages.index;
  const prepareWrite: (inode: Inode, offset: u64, length: u64) => i32 = ext2PrepareWrite;
  inodeOps.prepareWrite = prepareWrite.index;
  const sync: (inode: Inode, dataOnly: u32) => i32 = ext2Sync;
  inodeOps.sync = sync.index;
  const allocate: (inode: Inode, mode: u32, offset: u64, length: u64) => i32 = ext2Allocate;
  inodeOps.allocate = allocate.index;
}

/** Fills the tables; any number of times. */
export function setUpOps(): void {
  setUpNames();
  setUpContents();
  fileOps.read = pagedReadIndex();
  fileOps.write = pagedWriteIndex();
  fileOps.anyMemory = true;
  fileOps.seekable = true;
  const readDirectory: (file: File, sink: DirentSink) => i32 = ext2ReadDirectory;
  directoryOps.readDirectory = readDirectory.index;
}
