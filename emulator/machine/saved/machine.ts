/**
 * A whole machine as blocks: its memories page by page, its chips field by field, and in the header what the
 * machine must be like that goes on with it.
 *
 * - `openSaved` refuses a bad file before anything is made; `restore` fills a machine that was just made and
 *   reset. It may fail half way: such a machine is thrown away.
 */
import { saveFields, restoreFields, StateError, type Stateful } from '../state-fields.ts';
import { compress, compression, decompress } from './compression.ts';
import { encode, verify, type Block, type StateSource } from './format.ts';
import { readHeader, requireSameMachine, type Header } from './header.ts';
import { identifyDrives } from './media.ts';
import { packPages, unpackPages } from './pages.ts';
import type { MachineParts } from './parts.ts';

const DEFAULT_VERSION = 1;

function block(kind: Block['kind'], name: string, version: number, raw: Uint8Array): Block {
  return { kind, name, version, rawBytes: raw.length, data: compress(raw) };
}

function* blocksOf(parts: MachineParts): Generator<Block> {
  for (const [name, memory] of parts.memories) {
    for (const raw of packPages(memory)) yield block('pages', name, DEFAULT_VERSION, raw);
  }
  for (const [name, part] of parts.sections) {
    yield block('fields', name, part.stateVersion ?? DEFAULT_VERSION, saveFields(part));
  }
}

export function* saveMachine(parts: MachineParts): Generator<Uint8Array> {
  const { config, uuid, memories } = parts;
  const header: Header = {
    board: BOARD,
    compression,
    uuid: Buffer.from(uuid).toString('hex'),
    deterministic: config.deterministic ?? null,
    memories: Object.fromEntries([...memories].map(([name, bytes]) => [name, bytes.length])),
    drives: identifyDrives(config.drives),
  };
  yield* encode(header, blocksOf(parts));
}

/** Changes when the board gets or loses chips in a way that older saved machines cannot have. */
const BOARD = 'pc-i440fx';

export interface SavedMachine {
  /** The machine's identity in its firmware tables. */
  readonly uuid: Uint8Array;
  /** @throws {StateError} */
  readonly restore: (parts: MachineParts) => void;
}

/** @throws {StateError} when the file is no whole saved machine of this version. */
export function openSaved(source: StateSource): SavedMachine {
  const { header: parsed, blocks } = verify(source);
  const header = readHeader(parsed);
  return {
    uuid: Buffer.from(header.uuid, 'hex'),
    restore: (parts) => {
      requireSameMachine(header, BOARD, parts);
      restoreBlocks(header, blocks(), parts);
    },
  };
}

function restoreBlocks(header: Header, blocks: Iterable<Block>, parts: MachineParts): void {
  const fields = new Map<string, { readonly version: number; readonly raw: Uint8Array }>();
  // RAM of a machine that was just made holds nothing yet; touching all of it would take a second.
  for (const [name, memory] of parts.memories) if (name !== 'ram') memory.fill(0);
  for (const { kind, name, version, rawBytes, data } of blocks) {
    const raw = decompress(header.compression, data, rawBytes);
    if (kind === 'fields') {
      fields.set(name, { version, raw });
      continue;
    }
    const memory = parts.memories.get(name);
    if (memory === undefined) throw new StateError(`this machine has no memory called ${name}`);
    unpackPages(raw, memory);
  }
  for (const [name, part] of parts.sections) {
    const saved = fields.get(name);
    if (saved === undefined) throw new StateError(`it holds nothing of this machine's ${name}`);
    fields.delete(name);
    const version = part.stateVersion ?? DEFAULT_VERSION;
    if (saved.version !== version)
      throw new StateError(
        `its ${name} has version ${String(saved.version)}; this program reads version ${String(version)}`,
      );
    restorePart(name, part, saved.raw);
  }
  const [unknown] = fields.keys();
  if (unknown !== undefined) throw new StateError(`this machine has no ${unknown}`);
}

function restorePart(name: string, part: Stateful, raw: Uint8Array): void {
  try {
    restoreFields(part, raw);
  } catch (cause) {
    if (cause instanceof StateError) throw new StateError(`its ${name}: ${cause.message}`, { cause });
    throw cause;
  }
}
