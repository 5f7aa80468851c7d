/** The processor of this machine in a virtual machine of /dev/kvm (../../native/kvm.c). */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as F from '../format.ts';
import { initialRam, OUT, runnerRom, skipHung, type Reference } from './image.ts';

const SOURCE = path.join(import.meta.dirname, '../../native/kvm.c');
const TIMEOUT_MS = 120_000;
const ALL_RAN = 0;
const GAVE_UP = 3;

export function kvmObstacle(): string | null {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return '/dev/kvm cannot be opened';
  }
  return null;
}

export class KvmReference implements Reference {
  readonly name = 'KVM';
  readonly #program: string;

  constructor() {
    mkdirSync(OUT, { recursive: true });
    this.#program = path.join(OUT, `case-runner-kvm-${process.pid}`);
    const gcc = spawnSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', this.#program, SOURCE], {
      encoding: 'utf8',
    });
    if (gcc.status !== 0) throw new Error(`native/kvm.c does not compile:\n${gcc.stderr}`);
  }

  run(cases: readonly Uint8Array[]): Promise<Uint8Array> {
    const folder = mkdtempSync(path.join(tmpdir(), 'breenix-cases-'));
    try {
      const ramFile = path.join(folder, 'ram');
      writeFileSync(ramFile, initialRam(cases));
      for (;;) {
        const before = readFileSync(ramFile).readUInt32LE(F.CONTROL_INDEX);
        const done = spawnSync(this.#program, [runnerRom().file, ramFile], {
          timeout: TIMEOUT_MS,
          killSignal: 'SIGKILL',
          encoding: 'utf8',
        });
        const ram = readFileSync(ramFile);
        const index = ram.readUInt32LE(F.CONTROL_INDEX);
        if (done.status === ALL_RAN && index >= cases.length) return Promise.resolve(ram);
        const hung = skipHung(new DataView(ram.buffer, ram.byteOffset));
        if ((done.status !== GAVE_UP && done.signal === null) || (!hung && index === before))
          throw new Error(`native/kvm.c failed (status ${done.status}, ${done.signal}): ${done.stderr}`);
        writeFileSync(ramFile, ram);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
