/**
 * The file of a saved machine: a header, blocks, and a checksum over everything before it.
 *
 *     magic 16, version u32, header length u32, header (JSON)
 *     block: kind u8 (1 fields, 2 pages), name length u8, name, version u16, raw length u32, stored length u32, data
 *     end:   kind u8 (0), SHA-256
 *
 * - Numbers are little-endian. Data is compressed as the header says. Nothing follows the end.
 * - The magic holds a carriage return, a line feed and a control-Z: a transfer as text damages it visibly.
 * - `verify` reads the whole file once and refuses one that is no saved machine, of another version, cut short or
 *   damaged, before anything of it is used.
 */
import { createHash } from 'node:crypto';
import { StateError } from '../state-fields.ts';

export const STATE_VERSION = 1;
const MAGIC = new TextEncoder().encode('Breenix state\r\n\x1a');
const HEADER_START = 24;
const MAX_HEADER_BYTES = 1024 * 1024;
const END = 0;
const HASH_BYTES = 32;
const BLOCK_NUMBERS = 10;
const READ_BYTES = 4 * 1024 * 1024;

export type BlockKind = 'fields' | 'pages';
const KINDS: readonly (BlockKind | 'end')[] = ['end', 'fields', 'pages'];

export interface Block {
  readonly kind: BlockKind;
  readonly name: string;
  readonly version: number;
  readonly rawBytes: number;
  readonly data: Uint8Array;
}

/** Where a saved machine is read from. */
export interface StateSource {
  readonly sizeBytes: number;
  /** Fills `into` from `offset`; both lie within the size. */
  read(offset: number, into: Uint8Array): void;
}

/** The file piece by piece. */
export function* encode(header: unknown, blocks: Iterable<Block>): Generator<Uint8Array, undefined> {
  const hash = createHash('sha256');
  const pass = (bytes: Uint8Array): Uint8Array => {
    hash.update(bytes);
    return bytes;
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(HEADER_START);
  start.set(MAGIC);
  new DataView(start.buffer).setUint32(16, STATE_VERSION, true);
  new DataView(start.buffer).setUint32(20, text.length, true);
  yield pass(start);
  yield pass(text);
  for (const block of blocks) {
    const name = new TextEncoder().encode(block.name);
    const head = new Uint8Array(2 + name.length + BLOCK_NUMBERS);
    head.set([KINDS.indexOf(block.kind), name.length]);
    head.set(name, 2);
    const view = new DataView(head.buffer, 2 + name.length);
    view.setUint16(0, block.version, true);
    view.setUint32(2, block.rawBytes, true);
    view.setUint32(6, block.data.length, true);
    yield pass(head);
    yield pass(block.data);
  }
  yield pass(Uint8Array.of(END));
  yield hash.digest();
}

function take(source: StateSource, offset: number, bytes: number): Uint8Array {
  if (offset + bytes > source.sizeBytes) throw new StateError('it is cut short');
  const into = new Uint8Array(bytes);
  source.read(offset, into);
  return into;
}

interface BlockPlace extends Omit<Block, 'data'> {
  readonly dataAt: number;
  readonly dataBytes: number;
}

interface Outline {
  readonly header: unknown;
  readonly blocks: readonly BlockPlace[];
  /** Offset of the checksum. */
  readonly hashAt: number;
}

function outline(source: StateSource): Outline {
  if (source.sizeBytes < HEADER_START) throw new StateError('it is no saved machine');
  const start = take(source, 0, HEADER_START);
  if (!MAGIC.every((byte, i) => start[i] === byte)) throw new StateError('it is no saved machine');
  const numbers = new DataView(start.buffer);
  const version = numbers.getUint32(16, true);
  if (version !== STATE_VERSION) {
    throw new StateError(
      `it has version ${String(version)} of the format; this program reads version ${String(STATE_VERSION)}`,
    );
  }
  const headerBytes = numbers.getUint32(20, true);
  if (headerBytes > MAX_HEADER_BYTES) throw new StateError('it is damaged (header)');
  const text = new TextDecoder().decode(take(source, HEADER_START, headerBytes));
  const blocks: BlockPlace[] = [];
  let at = HEADER_START + headerBytes;
  for (;;) {
    const kind = KINDS[take(source, at, 1)[0] ?? 0];
    if (kind === 'end') break;
    if (kind === undefined) throw new StateError(`it is damaged (at byte ${String(at)})`);
    const nameBytes = take(source, at + 1, 1)[0] ?? 0;
    const rest = take(source, at + 2, nameBytes + BLOCK_NUMBERS);
    const view = new DataView(rest.buffer, nameBytes);
    const dataBytes = view.getUint32(6, true);
    const dataAt = at + 2 + nameBytes + BLOCK_NUMBERS;
    const name = new TextDecoder().decode(rest.subarray(0, nameBytes));
    blocks.push({
      kind,
      name,
      version: view.getUint16(0, true),
      rawBytes: view.getUint32(2, true),
      dataAt,
      dataBytes,
    });
    at = dataAt + dataBytes;
    if (at > source.sizeBytes) throw new StateError('it is cut short');
  }
  if (at + 1 + HASH_BYTES > source.sizeBytes) throw new StateError('it is cut short');
  if (at + 1 + HASH_BYTES < source.sizeBytes) throw new StateError('something follows its end');
  return { header: parseHeader(text), blocks, hashAt: at + 1 };
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StateError('it is damaged (header)');
  }
}

/** @throws {StateError} with the reason when the file is not a whole saved machine of this version. */
export function verify(source: StateSource): { header: unknown; blocks: () => Generator<Block> } {
  const { header, blocks, hashAt } = outline(source);
  const hash = createHash('sha256');
  const buffer = new Uint8Array(READ_BYTES);
  for (let at = 0; at < hashAt; at += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, hashAt - at));
    source.read(at, piece);
    hash.update(piece);
  }
  const stored = take(source, hashAt, HASH_BYTES);
  if (!hash.digest().equals(stored))
    throw new StateError('it is damaged (its checksum does not fit its content)');
  return {
    header,
    *blocks() {
      for (const { dataAt, dataBytes, ...block } of blocks) {
        yield { ...block, data: take(source, dataAt, dataBytes) };
      }
    },
  };
}
