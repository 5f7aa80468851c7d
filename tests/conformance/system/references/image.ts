/** The runner's ROM, built from guest/, and the RAM that a list of cases starts with. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as F from '../format.ts';
import { TEMPLATE_NAMES, templateWindow } from '../templates.ts';

const GUEST = path.join(import.meta.dirname, '../guest');
export const OUT = path.join(import.meta.dirname, '../../../../out/tests');

function run(program: string, args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} failed on the case runner: ${done.stderr}`);
}

let rom: Uint8Array | null = null;

/** Path of the ROM, assembled once a process. */
export function runnerRom(): { readonly file: string; readonly bytes: Uint8Array } {
  const elf = path.join(OUT, `case-runner-${process.pid}.elf`);
  const file = path.join(OUT, `case-runner-${process.pid}.bin`);
  if (rom === null) {
    mkdirSync(OUT, { recursive: true });
    const script = path.join(GUEST, 'runner.ld');
    const options = ['-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', '-Wl,-z,noexecstack'];
    run('gcc', [...options, `-Wl,-T,${script}`, '-o', elf, path.join(GUEST, 'runner.S')]);
    run('objcopy', ['-O', 'binary', '--gap-fill', '0', elf, file]);
    rom = readFileSync(file);
    if (rom.length !== F.ROM_SIZE) throw new Error(`the case runner's ROM has ${rom.length} bytes`);
  }
  return { file, bytes: rom };
}

let templates: readonly Uint8Array[] | null = null;

/** RAM with the templates and the cases, ready to start. */
export function initialRam(cases: readonly Uint8Array[]): Uint8Array {
  if (cases.length > F.MAX_CASES) throw new Error(`at most ${F.MAX_CASES} cases at once`);
  const ram = new Uint8Array(F.RAM_SIZE);
  templates ??= TEMPLATE_NAMES.map(templateWindow);
  templates.forEach((template, i) => {
    ram.set(template, F.TEMPLATES + i * F.TEMPLATE_SIZE);
  });
  cases.forEach((tested, i) => {
    ram.set(tested, F.CASES + i * F.CASE_SIZE);
  });
  new DataView(ram.buffer).setUint32(F.CONTROL_COUNT, cases.length, true);
  return ram;
}

/** Notes that the running case does not end, and goes on to the next; false when none was running. */
export function skipHung(view: DataView): boolean {
  if (view.getUint32(F.CONTROL_RUNNING, true) === 0) return false;
  const index = view.getUint32(F.CONTROL_INDEX, true);
  view.setUint32(F.RESULTS + index * F.RESULT_SIZE, F.OUTCOME_HUNG, true);
  view.setUint32(F.CONTROL_RUNNING, 0, true);
  view.setUint32(F.CONTROL_INDEX, index + 1, true);
  return true;
}

/** One processor that runs the case runner. */
export interface Reference {
  readonly name: string;
  /** RAM afterwards. */
  run(cases: readonly Uint8Array[]): Promise<Uint8Array>;
}
