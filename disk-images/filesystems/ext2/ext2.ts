/**
 * An ext2 file system on a sector device: list, read, write, make and remove files, directories, links and device
 * nodes. Source: "The Second Extended File System: Internal Layout" (D. Poirier).
 *
 * Rules for callers:
 * - Paths are absolute and separated by '/'; symbolic links on the way are followed, the last component never is.
 * - Bitmaps and counters are kept in memory: call `flush` when done, or changes are lost and the volume needs a check.
 * - Failures are Ext2Error with a code; an operation that fails for lack of space changes nothing.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { allBlocks, pointerBlocksFor, readBlockMap, writeBlockMap } from './block-map.ts';
import {
  checkName,
  emitRecords,
  FILE_TYPE_CODE,
  fileTypeCode,
  insertRecord,
  parseRecords,
  removeRecord,
} from './directory.ts';
import { Ext2Error } from './error.ts';
import { FILE_TYPE, type Inode, POINTERS, ROOT_INODE, TYPE_MASK } from './layout.ts';
import { Volume } from './volume.ts';

export interface FileInfo {
  readonly name: string;
  readonly inode: number;
  /** Type and permissions, as st_mode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly sizeBytes: number;
  readonly modified: Date;
}

/** Of something new; what is left out is 0644 (0755 for a directory), root's, now. */
export interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly modified?: Date;
}

const MAXIMUM_LINKS = 65_000;
const MAXIMUM_SYMLINKS = 40;
const PERMISSIONS = 0o7777;
/** A file is read whole: a larger one, or a damaged inode that claims so, is refused. */
const MAXIMUM_READ_BYTES = 2 ** 32;
/** A shorter target lies in the inode, where the pointers would be. */
const INLINE_TARGET_BYTES = POINTERS * 4;
const INDEX_FLAG = 0x1000;

interface Node {
  readonly number: number;
  readonly inode: Inode;
}

interface Located {
  readonly path: string;
  readonly parent: Node;
  readonly name: string;
  readonly node: Node | null;
}

function isType(inode: Inode, type: number): boolean {
  return (inode.mode & TYPE_MASK) === type;
}

function split(path: string): string[] {
  if (!path.startsWith('/')) throw new Ext2Error('bad-name', `'${path}' is not an absolute path`);
  return path.split('/').filter((part) => part !== '');
}

export class Ext2 {
  readonly #volume: Volume;
  readonly #now: () => Date;

  constructor(device: SectorDevice, now: () => Date = () => new Date()) {
    this.#volume = new Volume(device);
    this.#now = now;
  }

  get label(): string {
    return this.#volume.superblock.label;
  }

  /** Why nothing can be written; null when it can. */
  get readOnlyReason(): string | null {
    return this.#volume.superblock.readOnlyReason;
  }

  get freeBytes(): number {
    return this.#volume.freeBlocks * this.#blockBytes;
  }

  get #blockBytes(): number {
    return this.#volume.superblock.blockBytes;
  }

  /** Without "." and "..". */
  list(path: string): FileInfo[] {
    const directory = this.#existing(path);
    this.#mustBeDirectory(directory, path);
    return this.#records(directory)
      .filter(({ name }) => name !== '.' && name !== '..')
      .map(({ inode, name }) => this.#info({ number: inode, inode: this.#volume.readInode(inode) }, name));
  }

  /** Of the link itself where `path` names a symbolic link; null when there is nothing. */
  stat(path: string): FileInfo | null {
    const { node, name } = this.#locate(path);
    return node ? this.#info(node, name) : null;
  }

  readFile(path: string): Uint8Array {
    const { inode } = this.#existing(path);
    if (isType(inode, FILE_TYPE.directory)) throw new Ext2Error('is-a-directory', `${path} is a directory`);
    if (!isType(inode, FILE_TYPE.regular))
      throw new Ext2Error('unsupported', `${path} is not a regular file`);
    return this.#readData(inode);
  }

  /**
   * Where `path` leads when the links that its last component may be are followed. What is not there stays as it is, so
   * that it can be made.
   */
  realPath(path: string): string {
    let at = path;
    for (let links = 0; links <= MAXIMUM_SYMLINKS; links++) {
      const { node } = this.#locate(at);
      if (!node || !isType(node.inode, FILE_TYPE.symlink)) return at;
      at = this.#behind(at, this.#target(node.inode));
    }
    throw new Ext2Error('not-found', `${path}: too many symbolic links`);
  }

  readLink(path: string): string {
    const { inode } = this.#existing(path);
    if (!isType(inode, FILE_TYPE.symlink))
      throw new Ext2Error('not-a-link', `${path} is not a symbolic link`);
    return this.#target(inode);
  }

  /** Creates a file, or replaces the content of one, whose owner and mode then stay unless they are given. */
  writeFile(path: string, content: Uint8Array, attributes: Attributes = {}): void {
    const located = this.#locate(path);
    const { node } = located;
    if (node && isType(node.inode, FILE_TYPE.directory)) {
      throw new Ext2Error('is-a-directory', `${path} is a directory`);
    }
    if (node && !isType(node.inode, FILE_TYPE.regular)) {
      throw new Ext2Error('exists', `${path} exists and is not a regular file`);
    }
    if (!node) {
      const inode = this.#newInode(FILE_TYPE.regular, 0o644, attributes);
      this.#create(located, inode, (group) => {
        this.#writeData(inode, content, group);
      });
      return;
    }
    const old = allBlocks(this.#volume, node.inode);
    const { inode } = node;
    this.#writeData(inode, content, this.#volume.groupOfInode(node.number));
    inode.mode = FILE_TYPE.regular | (attributes.mode ?? inode.mode & PERMISSIONS);
    inode.uid = attributes.uid ?? inode.uid;
    inode.gid = attributes.gid ?? inode.gid;
    inode.modified = inode.changed = (attributes.modified ?? this.#now()).getTime();
    this.#volume.writeInode(node.number, inode);
    for (const block of old) this.#volume.freeBlock(block);
  }

  /** Changes those that are given, of anything but a symbolic link. */
  setAttributes(path: string, attributes: Attributes): void {
    const { number, inode } = this.#existing(path);
    inode.mode = (inode.mode & TYPE_MASK) | (attributes.mode ?? inode.mode & PERMISSIONS);
    inode.uid = attributes.uid ?? inode.uid;
    inode.gid = attributes.gid ?? inode.gid;
    inode.modified = attributes.modified?.getTime() ?? inode.modified;
    inode.changed = this.#now().getTime();
    this.#volume.writeInode(number, inode);
  }

  /** Makes a directory. With `parents`, those that are missing too, and an existing one is no error. */
  makeDirectory(path: string, options: Attributes & { readonly parents?: boolean } = {}): void {
    const parts = split(path);
    for (let i = options.parents === true ? 1 : parts.length; i <= parts.length; i++) {
      const at = `/${parts.slice(0, i).join('/')}`;
      const located = this.#locate(at);
      if (!located.node) this.#createDirectory(located, i === parts.length ? options : {});
      else if (options.parents !== true) throw new Ext2Error('exists', `${at} exists already`);
      else if (!isType(this.#follow(at, located.node).inode, FILE_TYPE.directory)) {
        throw new Ext2Error('not-a-directory', `${at} is not a directory`);
      }
    }
  }

  makeSymlink(path: string, target: string, attributes: Attributes = {}): void {
    const located = this.#locate(path);
    const bytes = Buffer.from(target);
    if (bytes.length === 0 || bytes.length >= Math.min(4096, this.#blockBytes)) {
      throw new Ext2Error('bad-name', `a symbolic link cannot have a target of ${bytes.length} bytes`);
    }
    const inode = this.#newInode(FILE_TYPE.symlink, 0o777, attributes);
    this.#create(located, inode, (group) => {
      if (bytes.length >= INLINE_TARGET_BYTES) {
        this.#writeData(inode, bytes, group);
        return;
      }
      const inline = Buffer.alloc(INLINE_TARGET_BYTES);
      bytes.copy(inline);
      inode.pointers = Array.from({ length: POINTERS }, (_, i) => inline.readUInt32LE(i * 4));
      inode.size = bytes.length;
    });
  }

  /** A device node (with its numbers), a FIFO or a socket. */
  makeNode(
    path: string,
    type: 'fifo' | 'socket' | 'characterDevice' | 'blockDevice',
    attributes: Attributes & { readonly major?: number; readonly minor?: number } = {},
  ): void {
    const { major = 0, minor = 0 } = attributes;
    const inode = this.#newInode(FILE_TYPE[type], 0o600, attributes);
    // Small numbers lie in the first pointer in the old form, others in the second in the new one.
    if (major < 256 && minor < 256) inode.pointers[0] = (major << 8) | minor;
    else inode.pointers[1] = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
    this.#create(this.#locate(path), inode, () => undefined);
  }

  /** Another name for an existing file. */
  link(path: string, existing: string): void {
    const node = this.#existing(existing);
    if (isType(node.inode, FILE_TYPE.directory)) {
      throw new Ext2Error('is-a-directory', `${existing} is a directory: it can have one name only`);
    }
    if (node.inode.links >= MAXIMUM_LINKS)
      throw new Ext2Error('too-large', `${existing} has ${MAXIMUM_LINKS} names`);
    const located = this.#locate(path);
    this.#mustBeFree(located);
    this.#addRecord(located.parent, node, located.name);
    node.inode.links++;
    node.inode.changed = this.#now().getTime();
    this.#volume.writeInode(node.number, node.inode);
  }

  /** Removes a name; with the last one of a file, its content; an empty directory too. */
  remove(path: string): void {
    const located = this.#locate(path);
    const { node, parent, name } = located;
    if (!node) throw new Ext2Error('not-found', `there is no ${path}`);
    const isDirectory = isType(node.inode, FILE_TYPE.directory);
    if (isDirectory && this.list(path).length > 0) throw new Ext2Error('not-empty', `${path} is not empty`);
    if (node.number === ROOT_INODE) throw new Ext2Error('bad-name', 'the root directory cannot be removed');
    this.#removeRecord(parent, name);
    const { inode, number } = node;
    inode.links -= isDirectory ? 2 : 1;
    inode.changed = this.#now().getTime();
    if (isDirectory) {
      parent.inode.links--;
      this.#volume.writeInode(parent.number, parent.inode);
    }
    if (inode.links > 0) {
      this.#volume.writeInode(number, inode);
      return;
    }
    if (this.#hasBlocks(inode))
      for (const block of allBlocks(this.#volume, inode)) this.#volume.freeBlock(block);
    inode.deleted = Math.floor(this.#now().getTime() / 1000);
    inode.size = 0;
    inode.sectors = 0;
    inode.pointers = Array.from({ length: POINTERS }, () => 0);
    this.#volume.writeInode(number, inode);
    this.#volume.freeInode(number, isDirectory);
  }

  flush(): void {
    this.#volume.flush();
  }

  #info({ number, inode }: Node, name: string): FileInfo {
    const { mode, uid, gid, links, size, modified } = inode;
    return { name, inode: number, mode, uid, gid, links, sizeBytes: size, modified: new Date(modified) };
  }

  #node(number: number): Node {
    return { number, inode: this.#volume.readInode(number) };
  }

  #hasBlocks(inode: Inode): boolean {
    if (isType(inode, FILE_TYPE.regular) || isType(inode, FILE_TYPE.directory)) return true;
    return isType(inode, FILE_TYPE.symlink) && inode.sectors > 0;
  }

  #readData(inode: Inode): Uint8Array {
    if (inode.size > MAXIMUM_READ_BYTES) {
      throw new Ext2Error(
        'too-large',
        `a file of ${inode.size} bytes is larger than can be read here (4 GiB)`,
      );
    }
    const count = Math.ceil(inode.size / this.#blockBytes);
    const bytes = new Uint8Array(count * this.#blockBytes);
    const blocks = readBlockMap(this.#volume, inode, count);
    for (let i = 0; i < count;) {
      const first = blocks[i] ?? 0;
      let run = 1;
      while (first !== 0 && i + run < count && blocks[i + run] === first + run) run++;
      if (first !== 0) {
        this.#volume.readBlocks(first, bytes.subarray(i * this.#blockBytes, (i + run) * this.#blockBytes));
      }
      i += run;
    }
    return bytes.subarray(0, inode.size);
  }

  /** Allocates blocks for `content`, writes it and points the inode at it. */
  #writeData(inode: Inode, content: Uint8Array, group: number): void {
    const count = Math.ceil(content.length / this.#blockBytes);
    const extra = pointerBlocksFor(count, this.#blockBytes / 4);
    const blocks = this.#volume.allocateBlocks(count + extra, group);
    const data = blocks.slice(0, count);
    for (const [i, block] of data.entries()) {
      const part = content.subarray(i * this.#blockBytes, (i + 1) * this.#blockBytes);
      if (part.length === this.#blockBytes) this.#volume.writeBlocks(block, part);
      else {
        const whole = new Uint8Array(this.#blockBytes);
        whole.set(part);
        this.#volume.writeBlocks(block, whole);
      }
    }
    writeBlockMap(this.#volume, inode, data, blocks.slice(count));
    inode.size = content.length;
  }

  #target(inode: Inode): string {
    if (inode.sectors > 0) return Buffer.from(this.#readData(inode)).toString('utf8');
    const inline = Buffer.alloc(INLINE_TARGET_BYTES);
    for (const [i, pointer] of inode.pointers.entries()) inline.writeUInt32LE(pointer, i * 4);
    return inline.subarray(0, inode.size).toString('utf8');
  }

  #records(directory: Node): ReturnType<typeof parseRecords> {
    const bytes = this.#readData(directory.inode);
    const records: ReturnType<typeof parseRecords> = [];
    for (let at = 0; at < bytes.length; at += this.#blockBytes) {
      records.push(...parseRecords(bytes.subarray(at, at + this.#blockBytes)));
    }
    return records;
  }

  #lookup(directory: Node, name: string): Node | null {
    const found = this.#records(directory).find((record) => record.name === name);
    return found ? this.#node(found.inode) : null;
  }

  #mustBeDirectory(node: Node, path: string): void {
    if (!isType(node.inode, FILE_TYPE.directory)) {
      throw new Ext2Error('not-a-directory', `${path} is not a directory`);
    }
  }

  #mustBeFree({ node, name, path }: Located): void {
    checkName(name);
    if (node) throw new Ext2Error('exists', `${path} exists already`);
  }

  /** Where the link at `path` points. */
  #behind(path: string, target: string): string {
    return target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
  }

  /** Follows symbolic links from `node`, which was found at `path`. */
  #follow(path: string, node: Node, depth = 0): Node {
    if (!isType(node.inode, FILE_TYPE.symlink)) return node;
    if (depth > MAXIMUM_SYMLINKS) throw new Ext2Error('not-found', `${path}: too many symbolic links`);
    const target = this.#target(node.inode);
    const next = this.#behind(path, target);
    const found = this.#locate(next, depth + 1).node;
    if (!found) throw new Ext2Error('not-found', `${path} points to ${target}, which is not there`);
    return this.#follow(next, found, depth + 1);
  }

  #locate(path: string, depth = 0): Located {
    const parts = split(path);
    const root = this.#node(ROOT_INODE);
    let parent = root;
    let node: Node | null = root;
    let name = '/';
    for (const [i, part] of parts.entries()) {
      const at = `/${parts.slice(0, i).join('/')}`;
      if (!node) throw new Ext2Error('not-found', `there is no ${at}`);
      parent = this.#follow(at, node, depth);
      this.#mustBeDirectory(parent, at);
      name = part;
      node = this.#lookup(parent, part);
    }
    return { path, parent, name, node };
  }

  #existing(path: string): Node {
    const { node } = this.#locate(path);
    if (!node) throw new Ext2Error('not-found', `there is no ${path}`);
    return node;
  }

  #newInode(type: number, mode: number, attributes: Attributes): Inode {
    const now = this.#now().getTime();
    return {
      mode: type | (attributes.mode ?? mode),
      uid: attributes.uid ?? 0,
      gid: attributes.gid ?? 0,
      size: 0,
      accessed: now,
      changed: now,
      modified: attributes.modified?.getTime() ?? now,
      deleted: 0,
      links: 1,
      sectors: 0,
      flags: 0,
      pointers: Array.from({ length: POINTERS }, () => 0),
    };
  }

  /** Gives `inode` a number, its content and a name. What was taken is given back when there is no space. */
  #create(located: Located, inode: Inode, fill: (group: number) => void): number {
    this.#mustBeFree(located);
    const { parent, name } = located;
    const isDirectory = isType(inode, FILE_TYPE.directory);
    const volume = this.#volume;
    const group = isDirectory ? volume.emptiestGroup() : volume.groupOfInode(parent.number);
    const number = volume.allocateInode(group, isDirectory);
    try {
      fill(volume.groupOfInode(number));
      this.#addRecord(parent, { number, inode }, name);
    } catch (error) {
      if (this.#hasBlocks(inode)) for (const block of allBlocks(volume, inode)) volume.freeBlock(block);
      volume.freeInode(number, isDirectory);
      throw error;
    }
    volume.writeInode(number, inode);
    return number;
  }

  #createDirectory(located: Located, attributes: Attributes): void {
    const { parent } = located;
    const inode = this.#newInode(FILE_TYPE.directory, 0o755, attributes);
    inode.links = 2;
    let block = 0;
    const number = this.#create(located, inode, (group) => {
      this.#writeData(inode, new Uint8Array(this.#blockBytes), group);
      block = inode.pointers[0] ?? 0;
    });
    const type = FILE_TYPE_CODE.directory;
    const records = [
      { inode: number, type, name: '.' },
      { inode: parent.number, type, name: '..' },
    ];
    this.#volume.writeBlocks(block, emitRecords(this.#blockBytes, records));
    parent.inode.links++;
    this.#volume.writeInode(parent.number, parent.inode);
  }

  /** Calls `change` with each block of a directory until it returns true, and writes that block. */
  #changeBlock(directory: Node, change: (block: Uint8Array) => boolean): boolean {
    const count = Math.ceil(directory.inode.size / this.#blockBytes);
    for (const block of readBlockMap(this.#volume, directory.inode, count)) {
      const bytes = this.#volume.readBlock(block);
      if (!change(bytes)) continue;
      this.#volume.writeBlocks(block, bytes);
      return true;
    }
    return false;
  }

  #addRecord(directory: Node, node: Node, name: string): void {
    const record = { inode: node.number, type: fileTypeCode(node.inode.mode), name };
    if (!this.#changeBlock(directory, (block) => insertRecord(block, record))) {
      this.#growDirectory(directory, emitRecords(this.#blockBytes, [record]));
    }
    this.#directoryChanged(directory);
  }

  #removeRecord(directory: Node, name: string): void {
    this.#changeBlock(directory, (block) => removeRecord(block, name));
    this.#directoryChanged(directory);
  }

  #directoryChanged(directory: Node): void {
    // An index of names, which other systems keep, would no longer fit.
    directory.inode.flags &= ~INDEX_FLAG;
    directory.inode.modified = directory.inode.changed = this.#now().getTime();
    this.#volume.writeInode(directory.number, directory.inode);
  }

  /** Appends a block to a directory. */
  #growDirectory(directory: Node, block: Uint8Array): void {
    const { inode } = directory;
    const count = Math.ceil(inode.size / this.#blockBytes);
    const data = readBlockMap(this.#volume, inode, count);
    const old = new Set(allBlocks(this.#volume, inode));
    for (const kept of data) old.delete(kept);
    const extra = pointerBlocksFor(count + 1, this.#blockBytes / 4);
    const [added = 0, ...spare] = this.#volume.allocateBlocks(
      1 + extra,
      this.#volume.groupOfInode(directory.number),
    );
    this.#volume.writeBlocks(added, block);
    writeBlockMap(this.#volume, inode, [...data, added], spare);
    for (const pointerBlock of old) this.#volume.freeBlock(pointerBlock);
    inode.size = (count + 1) * this.#blockBytes;
    inode.sectors = (data.length + 1 + spare.length) * (this.#blockBytes / SECTOR_BYTES);
  }
}
