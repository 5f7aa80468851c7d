import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImageError, ImageLockedError, openRawImage } from './raw.ts';

let directory: string;
let image: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'breenix-raw-'));
  image = path.join(directory, 'disk.img');
  writeFileSync(image, Buffer.alloc(64 * 512));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function sector(value: number): Uint8Array {
  return new Uint8Array(512).fill(value);
}

/** Another Breenix: opens the image, says so, and lives until it is killed. */
async function otherProcess(code: string): Promise<{ child: ChildProcess; output: string }> {
  const module = JSON.stringify(path.join(import.meta.dirname, 'raw.ts'));
  const script = `import { openRawImage } from ${module}; ${code}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  child.stderr.on('data', (data) => (output += String(data)));
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data) => {
      output += String(data);
      if (output.includes('\n')) resolve();
    });
    // Only now has everything come that it said ('exit' may be earlier).
    child.on('close', () => {
      resolve();
    });
  });
  return { child, output };
}

function holder(readOnly = false): Promise<{ child: ChildProcess; output: string }> {
  const open = `globalThis.image = openRawImage(${JSON.stringify(image)}, { readOnly: ${readOnly} })`;
  return otherProcess(`${open}; console.log('open'); setInterval(() => {}, 1000);`);
}

describe('a raw image', () => {
  it('reads back what was written, from this and from a later opener', () => {
    const first = openRawImage(image, { readOnly: false });
    expect(first).toMatchObject({ sectorCount: 64, sectorSizeBytes: 512, readOnly: false });
    first.write(3, sector(7));
    first.write(62, Buffer.concat([sector(8), sector(9)]));
    first.flush();
    first.close();
    first.close();
    const second = openRawImage(image, { readOnly: true });
    const bytes = new Uint8Array(1024);
    second.read(62, bytes);
    expect([bytes[0], bytes[512]]).toEqual([8, 9]);
    second.read(3, bytes.subarray(0, 512));
    expect(bytes[511]).toBe(7);
    second.close();
    expect(readdirSync(directory)).toEqual(['disk.img']);
  });

  it('fills pieces of memory in turn, which together are whole sectors', () => {
    const disk = openRawImage(image, { readOnly: false });
    disk.write(
      4,
      Uint8Array.from({ length: 1024 }, (_, i) => i % 251),
    );
    const memory = new Uint8Array(2048);
    disk.readPieces(4, [memory.subarray(1000, 1700), memory.subarray(100, 424)]);
    expect(memory[1000]).toBe(0);
    expect(memory[1699]).toBe(699 % 251);
    expect(memory[1700]).toBe(0);
    expect(memory[100]).toBe(700 % 251);
    expect(memory[423]).toBe(1023 % 251);
    expect(memory[424]).toBe(0);
    expect(() => {
      disk.readPieces(4, [memory.subarray(0, 500)]);
    }).toThrow(/not whole sectors/);
    expect(() => {
      disk.readPieces(63, [memory.subarray(0, 512), memory.subarray(512, 1024)]);
    }).toThrow(RangeError);
    disk.close();
  });

  it('refuses ranges outside, parts of sectors, writes when read-only, and use after close', () => {
    const disk = openRawImage(image, { readOnly: true });
    expect(() => {
      disk.read(64, sector(0));
    }).toThrow(RangeError);
    expect(() => {
      disk.read(-1, sector(0));
    }).toThrow(RangeError);
    expect(() => {
      disk.read(0, new Uint8Array(100));
    }).toThrow(/not whole sectors/);
    expect(() => {
      disk.write(0, sector(1));
    }).toThrow(/disk\.img: it is open for reading only/);
    disk.close();
    expect(() => {
      disk.read(0, sector(0));
    }).toThrow(/closed/);
  });

  it('has a stamp that changes with what is written and not with what is read', () => {
    utimesSync(image, 1, 1);
    const disk = openRawImage(image, { readOnly: false });
    const before = disk.stamp();
    disk.read(0, new Uint8Array(512));
    disk.flush();
    expect(disk.stamp()).toBe(before);
    disk.write(3, sector(1));
    expect(disk.stamp()).not.toBe(before);
    disk.close();
    utimesSync(image, 1, 1);
    const again = openRawImage(image, { readOnly: true });
    expect(again.stamp()).toBe(before);
    again.close();
  });

  it('says so when the file becomes shorter while it is open', () => {
    const disk = openRawImage(image, { readOnly: false });
    truncateSync(image, 512);
    expect(() => {
      disk.read(5, sector(0));
    }).toThrow(/became shorter/);
    expect(() => {
      disk.readPieces(0, [sector(0), sector(0)]);
    }).toThrow(/became shorter/);
    disk.close();
  });

  it.each([
    [
      'a missing file',
      () => {
        rmSync(image);
      },
      /no such file: check the path/,
    ],
    [
      'an empty file',
      () => {
        truncateSync(image, 0);
      },
      /it is empty/,
    ],
    [
      'a file of no whole sectors',
      () => {
        truncateSync(image, 1000);
      },
      /multiple of 512/,
    ],
    [
      'a folder',
      () => {
        rmSync(image);
        mkdirSync(image);
      },
      /it is a folder/,
    ],
  ])('names the path and the remedy for %s', (_, prepare, message) => {
    prepare();
    for (const readOnly of [true, false]) {
      const open = (): unknown => openRawImage(image, { readOnly });
      expect(open).toThrow(ImageError);
      expect(open).toThrow(message);
      expect(open).toThrow(image);
    }
    expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('names missing permissions', () => {
    chmodSync(image, 0o444);
    expect(() => openRawImage(image, { readOnly: false })).toThrow(/permission denied/);
  });
});

describe('the lock of an image', () => {
  it('keeps a second opener out, in this process and in another, and names the holder', async () => {
    const disk = openRawImage(image, { readOnly: false });
    expect(() => openRawImage(image, { readOnly: false })).toThrow(ImageLockedError);
    expect(() => openRawImage(image, { readOnly: true })).toThrow(`process ${process.pid}`);
    const { output } = await holder();
    expect(output).toContain('ImageLockedError');
    expect(output).toContain(`${image} is in use by`);
    expect(output).toContain(`(process ${process.pid})`);
    disk.close();
    openRawImage(image, { readOnly: false }).close();
  });

  it('ends when the holder is killed', async () => {
    const { child, output } = await holder();
    expect(output).toBe('open\n');
    expect(() => openRawImage(image, { readOnly: false })).toThrow(`process ${child.pid ?? 0}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    openRawImage(image, { readOnly: false }).close();
    expect(existsSync(path.join(directory, '.disk.img.lock'))).toBe(false);
  });

  it('is not fooled by another process with the number of a holder that is gone', () => {
    const lock = path.join(directory, '.disk.img.lock');
    openRawImage(image, { readOnly: false }).close();
    mkdirSync(lock);
    // This very process number, but started at another time.
    const hostname = openedClaim().split('_')[4] ?? '';
    mkdirSync(lock, { recursive: true });
    writeFileSync(path.join(lock, `held_exclusive_${process.pid}_1.00000000_${hostname}_0`), 'somebody');
    openRawImage(image, { readOnly: false }).close();
  });

  function openedClaim(): string {
    const disk = openRawImage(image, { readOnly: false });
    const [claim = ''] = readdirSync(path.join(directory, '.disk.img.lock'));
    disk.close();
    return claim;
  }

  it('lets many read, and none write while they do', async () => {
    const { output } = await holder(true);
    expect(output).toBe('open\n');
    const reader = openRawImage(image, { readOnly: true });
    expect(() => openRawImage(image, { readOnly: false })).toThrow(ImageLockedError);
    reader.close();
  });

  it('holds through a symbolic link', () => {
    const link = path.join(directory, 'link.img');
    symlinkSync(image, link);
    const disk = openRawImage(link, { readOnly: false });
    expect(() => openRawImage(image, { readOnly: false })).toThrow(ImageLockedError);
    disk.close();
  });

  it('lets one at a time in when many come at once', async () => {
    // Each increments a counter on the disk, which only adds up if nobody is in between.
    const code = `
      for (let done = 0; done < 15; ) {
        let disk;
        try { disk = openRawImage(${JSON.stringify(image)}, { readOnly: false }); }
        catch (error) { if (error.name !== 'ImageLockedError') throw error; continue; }
        const bytes = new Uint8Array(512);
        disk.read(0, bytes);
        const next = bytes[0] + 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
        bytes[0] = next;
        disk.write(0, bytes);
        disk.close();
        done++;
      }
      console.log('done');`;
    const results = await Promise.all([1, 2, 3, 4].map(() => otherProcess(code)));
    expect(results.map((r) => r.output)).toEqual(['done\n', 'done\n', 'done\n', 'done\n']);
    expect(readFileSync(image)[0]).toBe(60);
  }, 60_000);
});
