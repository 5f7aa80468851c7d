/**
 * Directory blocks: records of inode number, length, type and name that fill each block exactly. Pure: blocks come in
 * and go out as bytes.
 */
import { Ext2Error } from './error.ts';
import { FILE_TYPE, TYPE_MASK } from './layout.ts';

export interface DirectoryRecord {
  readonly inode: number;
  /** FILE_TYPE_CODE. */
  readonly type: number;
  readonly name: string;
}

/** The type as a directory stores it. */
export const FILE_TYPE_CODE = {
  unknown: 0,
  regular: 1,
  directory: 2,
  characterDevice: 3,
  blockDevice: 4,
  fifo: 5,
  socket: 6,
  symlink: 7,
} as const;

const CODES = new Map<number, number>([
  [FILE_TYPE.regular, FILE_TYPE_CODE.regular],
  [FILE_TYPE.directory, FILE_TYPE_CODE.directory],
  [FILE_TYPE.characterDevice, FILE_TYPE_CODE.characterDevice],
  [FILE_TYPE.blockDevice, FILE_TYPE_CODE.blockDevice],
  [FILE_TYPE.fifo, FILE_TYPE_CODE.fifo],
  [FILE_TYPE.socket, FILE_TYPE_CODE.socket],
  [FILE_TYPE.symlink, FILE_TYPE_CODE.symlink],
]);

const HEADER_BYTES = 8;
export const NAME_MAX = 255;

/** The code of an inode's mode. */
export function fileTypeCode(mode: number): number {
  return CODES.get(mode & TYPE_MASK) ?? FILE_TYPE_CODE.unknown;
}

export function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || bytes > NAME_MAX) {
    throw new Ext2Error('bad-name', `'${name}' cannot be a file's name: 1 to 255 bytes without / are`);
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function emitRecord(block: Uint8Array, at: number, recordBytes: number, record: DirectoryRecord): void {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const name = Buffer.from(record.name);
  view.setUint32(at, record.inode, true);
  view.setUint16(at + 4, recordBytes, true);
  view.setUint8(at + 6, name.length);
  view.setUint8(at + 7, record.type);
  block.set(name, at + HEADER_BYTES);
}

/** A block with these records, the last of which takes the rest; one empty record when there are none. */
export function emitRecords(blockBytes: number, records: readonly DirectoryRecord[]): Uint8Array {
  const block = new Uint8Array(blockBytes);
  let at = 0;
  const all = records.length > 0 ? records : [{ inode: 0, type: 0, name: '' }];
  for (const [i, record] of all.entries()) {
    const need = roundUp(HEADER_BYTES + Buffer.byteLength(record.name));
    const length = i === all.length - 1 ? blockBytes - at : need;
    if (length < need) throw new RangeError('more records than fit into a block');
    emitRecord(block, at, length, record);
    at += length;
  }
  return block;
}

interface Slot extends DirectoryRecord {
  readonly at: number;
  readonly length: number;
  readonly nameBytes: number;
}

function* slots(block: Uint8Array): Generator<Slot> {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  for (let at = 0; at < block.length;) {
    const length = at + HEADER_BYTES <= block.length ? view.getUint16(at + 4, true) : 0;
    const nameBytes = length >= HEADER_BYTES ? view.getUint8(at + 6) : 0;
    if (length < HEADER_BYTES + nameBytes || length % 4 !== 0 || at + length > block.length) {
      throw new Ext2Error('corrupt', `a directory has a record of ${length} bytes: run a check`);
    }
    const name = Buffer.from(block.subarray(at + HEADER_BYTES, at + HEADER_BYTES + nameBytes)).toString(
      'utf8',
    );
    yield { at, length, nameBytes, inode: view.getUint32(at, true), type: view.getUint8(at + 7), name };
    at += length;
  }
}

/** The records in use, "." and ".." among them. */
export function parseRecords(block: Uint8Array): DirectoryRecord[] {
  return [...slots(block)]
    .filter(({ inode }) => inode !== 0)
    .map(({ inode, type, name }) => ({ inode, type, name }));
}

/** Puts a record into `block`; false when there is no room. */
export function insertRecord(block: Uint8Array, record: DirectoryRecord): boolean {
  const need = roundUp(HEADER_BYTES + Buffer.byteLength(record.name));
  for (const slot of slots(block)) {
    const own = slot.inode === 0 ? 0 : roundUp(HEADER_BYTES + slot.nameBytes);
    if (slot.length - own < need) continue;
    if (own > 0) new DataView(block.buffer, block.byteOffset).setUint16(slot.at + 4, own, true);
    emitRecord(block, slot.at + own, slot.length - own, record);
    return true;
  }
  return false;
}

/** Takes the record of `name` out, giving its room to the one before; false when it is not there. */
export function removeRecord(block: Uint8Array, name: string): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  let previous: Slot | null = null;
  for (const slot of slots(block)) {
    if (slot.inode !== 0 && slot.name === name) {
      if (previous) view.setUint16(previous.at + 4, previous.length + slot.length, true);
      else view.setUint32(slot.at, 0, true);
      return true;
    }
    previous = slot;
  }
  return false;
}
