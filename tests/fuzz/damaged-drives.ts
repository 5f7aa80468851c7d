/**
 * Machines that boot from damaged drives: firmware, GRUB and Breenix meet boot records, boot loaders, kernels and
 * file systems that were changed at random, while keys are pressed. Seeded, but the machine follows the host's time:
 * a seed gives the same drives, not the same run.
 *
 * What must hold: whatever the guest does of it, no exception leaves the machine, and it never holds the host.
 */
import { loadFirmware, withVariables } from '../../electron/services/firmware.ts';
import { flashInMemory } from '../../electron/services/flash-file.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import type { BlockDevice, DriveConfig, Machine } from '../../emulator/machine/types.ts';
import { Random } from '../conformance/random.ts';
import { processorMs, residentMib } from './measure.ts';
import { discardingWrites } from '../harness/discarding-disk.ts';

const MIB = 1024 * 1024;
const MEMORY_BYTES = 96 * MIB;
/** A round that comes this far has met its boot loader and its kernel. */
const MOST_INSTRUCTIONS = 200_000_000n;
const LOOK_MS = 50;
/** As many looks without an instruction but for those of a timer's interrupts: the guest waits for what will not come. */
const IDLE_LOOKS = 30;
const IDLE_INSTRUCTIONS = 100_000n;
/** A guest that waits most of the time would need hours for its instructions. */
const MOST_LOOKS = 600;
/** The machine gives the host its turn every few milliseconds; a busy host is given its due. */
const LONGEST_TURN_MS = 15_000;
const KEYS = ['Enter', 'Escape', 'ArrowDown', 'KeyC', 'F12'] as const;

export interface SoundDrive {
  readonly name: string;
  readonly kind: DriveConfig['kind'];
  readonly bytes: Uint8Array;
  /** Where damage goes: first byte and length; one is as likely as the other. */
  readonly regions: readonly (readonly [start: number, bytes: number])[];
}

/** The drive with some places changed and what is written kept beside, so that the next round finds it sound. */
function damagedMedium({ bytes, kind, regions }: SoundDrive, random: Random): BlockDevice {
  const sectorSizeBytes = kind === 'disk' ? 512 : 2048;
  const changed = new Map<number, Uint8Array>();
  const sectorCount = Math.floor(
    (random.oneIn(8) ? random.below(bytes.length) : bytes.length) / sectorSizeBytes,
  );
  const sound = (lba: number): Uint8Array =>
    bytes.subarray(lba * sectorSizeBytes, (lba + 1) * sectorSizeBytes);
  for (let i = 1 + random.below(30); i > 0; i--) {
    const [start, length] = random.pick(regions);
    const at = Math.min(start + random.below(length), bytes.length - 1);
    const lba = Math.floor(at / sectorSizeBytes);
    const sector = changed.get(lba) ?? sound(lba).slice();
    if (random.oneIn(10)) for (let b = 0; b < sector.length; b++) sector[b] = random.below(256);
    else
      sector[at % sectorSizeBytes] = random.oneIn(2)
        ? random.below(256)
        : (sector[at % sectorSizeBytes] ?? 0) ^ (1 << random.below(8));
    changed.set(lba, sector);
  }
  const medium = discardingWrites({
    sectorSizeBytes,
    sectorCount: Math.max(sectorCount, 1),
    readOnly: false,
    read: (lba, into) => {
      for (let at = 0; at < into.length; at += sectorSizeBytes) {
        const sector = lba + at / sectorSizeBytes;
        into.set(changed.get(sector) ?? sound(sector), at);
      }
    },
    write: () => undefined,
    flush: () => undefined,
  });
  return { ...medium, readOnly: kind === 'cdrom' };
}

/** Runs until enough was executed, the guest is idle or the machine stops. @throws what the machine failed of. */
async function live(machine: Machine, random: Random): Promise<string> {
  const ended = Promise.withResolvers<string>();
  machine.on('stopped', (reason) => {
    if (reason.kind === 'host-error') ended.reject(reason.error);
    else ended.resolve(reason.kind);
  });
  machine.start();
  let [looked, looks, idle, before] = [processorMs(), 0, 0, 0n];
  const look = (): void => {
    const now = processorMs();
    if (now - looked > LONGEST_TURN_MS)
      ended.reject(new Error(`the machine held the host for ${String(Math.round(now - looked))} ms`));
    looked = now;
    const { instructions } = machine.statistics;
    idle = instructions - before < IDLE_INSTRUCTIONS ? idle + 1 : 0;
    before = instructions;
    if (instructions > MOST_INSTRUCTIONS || ++looks > MOST_LOOKS) ended.resolve('enough');
    if (idle > IDLE_LOOKS) ended.resolve('idle');
    const key = random.pick(KEYS);
    if (random.oneIn(6)) for (const pressed of [true, false]) machine.key(key, pressed);
    if (random.oneIn(4)) machine.takeFrame(random.oneIn(2));
    if (random.oneIn(200)) machine.reset();
  };
  const timer = setInterval(look, LOOK_MS);
  try {
    return await ended.promise;
  } finally {
    clearInterval(timer);
  }
}

export interface DriveReport {
  readonly rounds: number;
  /** How the rounds ended. */
  readonly ends: Readonly<Record<string, number>>;
  readonly instructions: bigint;
  /** Resident memory after the first rounds and at the end, in MiB; what is garbage has been collected. */
  readonly residentMib: readonly [first: number, last: number];
}

const WARM_ROUNDS = 3;

/** Rounds with the seeds from `firstSeed` on, at least `leastRounds` and until `milliseconds` have passed. */
export async function fuzzDrives(
  drives: readonly SoundDrive[],
  firstSeed: number,
  leastRounds: number,
  milliseconds: number,
): Promise<DriveReport> {
  const firmwares = ['bios', 'uefi'].map(loadFirmware);
  const end = performance.now() + milliseconds;
  const ends: Record<string, number> = {};
  let [rounds, instructions, first] = [0, 0n, 0];
  while (rounds < leastRounds || performance.now() < end) {
    const seed = firstSeed + rounds++;
    const random = new Random(seed);
    const drive = random.pick(drives);
    const machine = await createMachine({
      memoryBytes: MEMORY_BYTES,
      firmware: withVariables(random.pick(firmwares), flashInMemory).firmware,
      drives: [
        {
          slot: drive.kind === 'disk' ? 'ide0-master' : 'ide1-master',
          kind: drive.kind,
          medium: damagedMedium(drive, random),
        },
      ],
      log: () => undefined,
    });
    try {
      const how = await live(machine, random);
      ends[how] = (ends[how] ?? 0) + 1;
      instructions += machine.statistics.instructions;
    } catch (cause) {
      throw new Error(
        `seed ${String(seed)} (${drive.name}): ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    } finally {
      machine.dispose();
    }
    if (rounds === WARM_ROUNDS) first = await residentMib();
  }
  return { rounds, ends, instructions, residentMib: [first, await residentMib()] };
}
