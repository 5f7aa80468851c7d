import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flashInMemory, openFlashFile } from './flash-file.ts';

const template = new Uint8Array(8192).fill(0xff);

describe('the file of UEFI variables', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'flash-'));
    file = path.join(folder, 'variables.fd');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made from the template and keeps what is written, also across a sector', () => {
    const flash = openFlashFile(file, template);
    expect(flash.read()).toEqual(template);
    flash.write(510, Uint8Array.of(1, 2, 3, 4));
    // Without closing: a killed process loses nothing.
    expect([...readFileSync(file).subarray(509, 515)]).toEqual([0xff, 1, 2, 3, 4, 0xff]);
    flash.close();
    const again = openFlashFile(file, template);
    expect([...again.read().subarray(509, 515)]).toEqual([0xff, 1, 2, 3, 4, 0xff]);
    again.close();
    expect(readdirSync(folder)).toEqual(['variables.fd']);
  });

  it('belongs to one machine at a time', () => {
    const flash = openFlashFile(file, template);
    expect(() => openFlashFile(file, template)).toThrow(/variables\.fd/);
    flash.close();
    openFlashFile(file, template).close();
  });

  it('of another firmware is refused and left as it is', () => {
    writeFileSync(file, new Uint8Array(4096));
    expect(() => openFlashFile(file, template)).toThrow(/holds 4096 bytes .* are 8192: move the file away/);
    expect(readFileSync(file)).toHaveLength(4096);
  });

  it('that cannot be made is an error that says where', () => {
    expect(() => openFlashFile(path.join(folder, 'no/such/folder.fd'), template)).toThrow(/no\/such/);
  });

  it('in memory leaves the template alone', () => {
    // As read from a file: slices of a Buffer would share its memory.
    const loaded = Buffer.from(template);
    const flash = flashInMemory(loaded);
    flash.write(0, Uint8Array.of(7));
    expect([flash.read()[0], loaded[0]]).toEqual([7, 0xff]);
  });
});
