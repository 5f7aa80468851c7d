import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acpiFiles } from './acpi.ts';
import { dsdt } from './dsdt.ts';

const PM = {
  base: 0x600,
  smiCommand: 0xb2,
  acpiEnable: 0xf1,
  acpiDisable: 0xf0,
  sciIrq: 9,
  resetPort: 0xcf9,
  resetValue: 6,
};
const ENTRY_BYTES = 128;

/** What firmware does with the files: place them, run the script. */
function load(): { readonly memory: Uint8Array; readonly rsdp: number } {
  const files = acpiFiles({
    pm: PM,
    dsdt: Uint8Array.from(
      dsdt({ pciHoleStart: 0x80000000, pvpanicPort: 0x505, firstPciInput: 16, hpetAddress: 0xfed00000 }),
    ),
    madt: { lapicAddress: 0xfee00000, ioapicAddress: 0xfec00000, timerInput: 2, sciIrq: 9 },
    hpet: { address: 0xfed00000, capabilities: 0x8086a201 },
  });
  const memory = new Uint8Array(0x20000);
  const view = new DataView(memory.buffer);
  const at = new Map([
    ['etc/acpi/tables', 0x10000],
    ['etc/acpi/rsdp', 0x1000],
  ]);
  const script = new DataView(files.loader.buffer);
  const name = (offset: number): string => {
    const bytes = files.loader.subarray(offset, offset + 56);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  };
  const place = (file: string): number => {
    const address = at.get(file);
    if (address === undefined) throw new Error(`not allocated: ${file}`);
    return address;
  };
  for (let e = 0; e < files.loader.length; e += ENTRY_BYTES) {
    const command = script.getUint32(e, true);
    if (command === 1)
      memory.set(name(e + 4) === 'etc/acpi/rsdp' ? files.rsdp : files.tables, place(name(e + 4)));
    else if (command === 2) {
      const where = place(name(e + 4)) + script.getUint32(e + 116, true);
      view.setUint32(where, view.getUint32(where, true) + place(name(e + 60)), true);
    } else {
      const file = place(name(e + 4));
      const start = file + script.getUint32(e + 64, true);
      const length = script.getUint32(e + 68, true);
      const sum = memory.subarray(start, start + length).reduce((a, b) => a + b, 0);
      const where = file + script.getUint32(e + 60, true);
      memory[where] = (memory[where] ?? 0) - sum;
    }
  }
  return { memory, rsdp: 0x1000 };
}

const sum = (bytes: Uint8Array): number => bytes.reduce((a, b) => a + b, 0) & 0xff;

describe('ACPI tables after the loader', () => {
  const { memory, rsdp } = load();
  const view = new DataView(memory.buffer);
  const signature = (at: number): string => new TextDecoder().decode(memory.subarray(at, at + 4));
  const table = (at: number): Uint8Array => memory.subarray(at, at + view.getUint32(at + 4, true));
  const rsdt = view.getUint32(rsdp + 16, true);
  const fadt = view.getUint32(rsdt + 36, true);
  const dsdt = view.getUint32(fadt + 40, true);
  const madt = view.getUint32(rsdt + 40, true);
  const hpet = view.getUint32(rsdt + 44, true);

  it('are linked from RSDP to DSDT with good checksums', () => {
    expect(sum(memory.subarray(rsdp, rsdp + 20))).toBe(0);
    for (const [at, name] of [
      [rsdt, 'RSDT'],
      [fadt, 'FACP'],
      [dsdt, 'DSDT'],
      [madt, 'APIC'],
      [hpet, 'HPET'],
    ] as const) {
      expect(signature(at)).toBe(name);
      expect(sum(table(at))).toBe(0);
    }
    expect(signature(view.getUint32(fadt + 36, true))).toBe('FACS');
    expect(view.getUint32(fadt + 36, true) % 64).toBe(0);
  });

  it('describe the power-management ports and the reset register', () => {
    expect(view.getUint32(fadt + 56, true)).toBe(0x600);
    expect(view.getUint32(fadt + 64, true)).toBe(0x604);
    expect(view.getUint32(fadt + 76, true)).toBe(0x608);
    expect(view.getUint32(fadt + 120, true)).toBe(0xcf9);
    expect(memory[fadt + 128]).toBe(6);
  });

  const iasl = spawnSync('iasl', ['-v']).status === 0;
  it.skipIf(!iasl)('disassemble and compile again without errors (iasl)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'acpi-'));
    try {
      for (const [name, at] of [
        ['dsdt', dsdt],
        ['facp', fadt],
        ['apic', madt],
        ['hpet', hpet],
      ] as const) {
        writeFileSync(join(folder, `${name}.aml`), table(at));
        execFileSync('iasl', ['-d', `${name}.aml`], { cwd: folder, stdio: 'pipe' });
      }
      const compiled = spawnSync('iasl', ['-tc', 'dsdt.dsl'], { cwd: folder, encoding: 'utf8' });
      expect(compiled.stdout).toContain('0 Errors, 0 Warnings');
      expect(readFileSync(join(folder, 'dsdt.dsl'), 'utf8')).toContain('_SB');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
