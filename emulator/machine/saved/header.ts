/** The header of a saved machine: what it was, so that no other machine goes on with it. */
import { StateError } from '../state-fields.ts';
import type { Deterministic, DriveSlot } from '../types.ts';
import { requireSameDrives, type DriveIdentity, type MediumIdentity } from './media.ts';
import type { MachineParts } from './parts.ts';

export interface Header {
  readonly board: string;
  readonly compression: string;
  /** Hexadecimal. */
  readonly uuid: string;
  readonly deterministic: Deterministic | null;
  /** Bytes of each memory by name. */
  readonly memories: Readonly<Record<string, number>>;
  readonly drives: readonly DriveIdentity[];
}

const DAMAGED = 'it is damaged (header)';
const SLOTS: readonly DriveSlot[] = ['ide0-master', 'ide0-slave', 'ide1-master', 'ide1-slave'];
const MIB = 1024 * 1024;

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new StateError(DAMAGED);
  return Object.fromEntries(Object.entries(value));
}
function text(value: unknown): string {
  if (typeof value !== 'string') throw new StateError(DAMAGED);
  return value;
}
function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new StateError(DAMAGED);
  return value;
}

function readMedium(value: unknown): MediumIdentity | null {
  if (value === null) return null;
  const { sectorSizeBytes, sectorCount, fingerprint } = object(value);
  return {
    sectorSizeBytes: number(sectorSizeBytes),
    sectorCount: number(sectorCount),
    fingerprint: text(fingerprint),
  };
}

function readDrive(value: unknown): DriveIdentity {
  const { slot, kind, medium } = object(value);
  const place = SLOTS.find((known) => known === slot);
  if (place === undefined || (kind !== 'disk' && kind !== 'cdrom')) throw new StateError(DAMAGED);
  return { slot: place, kind, medium: readMedium(medium) };
}

/** @throws {StateError} when it is not what `Header` says. */
export function readHeader(value: unknown): Header {
  const { board, compression, uuid, deterministic, memories, drives } = object(value);
  const identity = text(uuid);
  if (!/^[0-9a-f]{32}$/.test(identity) || !Array.isArray(drives)) throw new StateError(DAMAGED);
  const timing = deterministic === null ? null : object(deterministic);
  return {
    board: text(board),
    compression: text(compression),
    uuid: identity,
    deterministic:
      timing === null
        ? null
        : { nsPerInstruction: number(timing.nsPerInstruction), startUnixMs: number(timing.startUnixMs) },
    memories: Object.fromEntries(
      Object.entries(object(memories)).map(([name, size]) => [name, number(size)]),
    ),
    drives: drives.map(readDrive),
  };
}

/** @throws {StateError} naming the first thing in which the machine differs. */
export function requireSameMachine(header: Header, board: string, { config, memories }: MachineParts): void {
  if (header.board !== board)
    throw new StateError(`it was saved on the board ${header.board}; this one is ${board}`);
  const saved = header.memories.ram ?? 0;
  if (saved !== config.memoryBytes)
    throw new StateError(
      `it was saved with ${String(saved / MIB)} MiB of memory; this machine has ${String(config.memoryBytes / MIB)} MiB`,
    );
  for (const [name, bytes] of memories) {
    const was = header.memories[name];
    if (was !== bytes.length)
      throw new StateError(
        `it was saved with other firmware or another board (${name}: ${String(was ?? 0)} bytes, here ${String(bytes.length)})`,
      );
  }
  const [was, is] = [header.deterministic, config.deterministic ?? null];
  if ((was === null) !== (is === null) || was?.nsPerInstruction !== is?.nsPerInstruction)
    throw new StateError(
      was === null
        ? "it was saved by a machine that follows the host's clock; this one is deterministic"
        : 'it was saved by a deterministic machine of another speed than this one',
    );
  requireSameDrives(header.drives, config.drives);
}
