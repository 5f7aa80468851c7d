/** Needs the packages seabios and ovmf, as the machine does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FirmwareError, loadFirmware, withVariables } from './firmware.ts';
import { flashInMemory } from './flash-file.ts';

const OVMF = '/usr/share/ovmf/OVMF.fd';
const same = (a: Uint8Array | null, b: Uint8Array): boolean => a !== null && Buffer.compare(a, b) === 0;

describe('firmware', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'firmware-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, content: Uint8Array): string => {
    const at = path.join(folder, name);
    writeFileSync(at, content);
    return at;
  };

  it('for BIOS keeps no variables', () => {
    const loaded = loadFirmware('bios');
    expect(loaded.variablesTemplate).toBeNull();
    expect(withVariables(loaded, flashInMemory)).toMatchObject({ flash: null });
  });

  it('for UEFI in one file is the same as in two', () => {
    const whole = loadFirmware(OVMF);
    expect(same(whole.variablesTemplate, readFileSync('/usr/share/OVMF/OVMF_VARS.fd'))).toBe(true);
    expect(same(whole.bios, readFileSync('/usr/share/OVMF/OVMF_CODE.fd'))).toBe(true);
    const { firmware, flash } = withVariables(whole, flashInMemory);
    expect(firmware.bios.length + (flash?.sizeBytes ?? 0)).toBe(readFileSync(OVMF).length);
  });

  it('that begins with another firmware volume is code alone', () => {
    const rom = new Uint8Array(readFileSync(OVMF));
    rom[16] = 0;
    const loaded = loadFirmware(file('code.fd', rom));
    expect(loaded.variablesTemplate).toBeNull();
    expect(loaded.bios).toHaveLength(rom.length);
  });

  it.each([
    ['a missing file', () => path.join(folder, 'none.fd'), /cannot read the firmware .*none\.fd/],
    [
      'an empty file',
      () => file('empty.fd', new Uint8Array(0)),
      /empty\.fd is not a firmware ROM: its size is 0/,
    ],
    ['a size that is no ROM', () => file('odd.fd', new Uint8Array(5000)), /odd\.fd .* 5000 bytes/],
    [
      'one that is too large',
      () => file('huge.fd', new Uint8Array(9 << 20)),
      /multiple of 4 KiB up to 8 MiB/,
    ],
    [
      'variables without code',
      () => file('vars.fd', readFileSync('/usr/share/OVMF/OVMF_VARS.fd')),
      /vars\.fd holds UEFI variables of 131072 bytes and no code/,
    ],
    [
      'a volume of an impossible length',
      () => {
        const rom = new Uint8Array(readFileSync(OVMF));
        new DataView(rom.buffer).setBigUint64(32, 1n << 60n, true);
        return file('long.fd', rom);
      },
      /long\.fd holds UEFI variables of \d+ bytes and no code/,
    ],
  ])('refuses %s', (_what, make, reason) => {
    const name = make();
    expect(() => loadFirmware(name)).toThrow(FirmwareError);
    expect(() => loadFirmware(name)).toThrow(reason);
  });
});
