import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { diskDoubles } from '../../testing/disk/mounted-volume.ts';
import { compileKernel, instantiateKernel, type KernelModule } from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['fs/vfs.fixture.ts', 'fs/devfs/devfs.fixture.ts', 'fs/vfs.ts', 'fs/file.ts', 'mm/kmalloc.ts'],
  replace: {
    ...diskDoubles,
    'syscall/user-copy.ts': 'testing/doubles/user-copy.ts',
    'fs/tmpfs/shared-memory.ts': 'testing/doubles/shared-memory.ts',
  },
});

function makeRoot(): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-dev-'));
  const image = path.join(folder, 'root.img');
  try {
    execFileSync('mkfs.vfat', ['-C', '-F', '32', '-s', '1', image, '36000'], { stdio: 'pipe' });
    execFileSync('mmd', ['-i', image, '::/dev', '::/dev/under'], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const disk = makeRoot();
const O_RDWR = 2;
const O_CREAT = 0x40;
const O_TRUNC = 0x200;

describe('devfs and mounts', () => {
  let kernel: KernelModule;

  beforeEach(async () => {
    kernel = await instantiateKernel(wasm, {
      'vfs.fixture': {
        hostRead: (lba: bigint, count: number, to: number) => {
          kernel.bytes(to, count * 512).set(disk.subarray(Number(lba) * 512, (Number(lba) + count) * 512));
        },
      },
    });
    expect(kernel.fn('mountImage')(disk.length / 512)).toBe(0);
    kernel.fn('registerDevices')();
    expect(kernel.fn('mountDevfsOn')(kernel.putString('/dev'))).toBe(0);
  });

  const open = (name: string, flags = O_RDWR): number => {
    const out = kernel.put(new Uint8Array(8));
    const error = kernel.fn('vfsOpen')(0, kernel.putString(name), flags, 0, out);
    return error < 0 ? error : kernel.view().getUint32(out, true);
  };
  const resolve = (cwd: string, name: string): string | number => {
    const out = kernel.put(new Uint8Array(64));
    const error = kernel.fn('vfsResolve')(kernel.putString(cwd), kernel.putString(name), out, 64);
    return error === 0 ? kernel.cString(out) : error;
  };
  const names = (name: string): string[] => {
    const file = open(name, 0);
    const buffer = kernel.put(new Uint8Array(1024));
    const n = Number(kernel.fn64('fileGetdents64')(file, buffer, 1024));
    const out: string[] = [];
    for (let at = buffer; at < buffer + n; at += kernel.view().getUint16(at + 16, true))
      out.push(kernel.cString(at + 19));
    return out;
  };

  it('covers the directory that it is mounted on', () => {
    expect(names('/dev')).toEqual(['.', '..', 'null', 'zero', 'full']);
    expect(open('/dev/under')).toBe(-2);
    expect(names('/').includes('dev')).toBe(true);
  });

  it('is left and entered by dots and names', () => {
    expect(resolve('/dev', '..')).toBe('/');
    expect(resolve('/dev', '.')).toBe('/dev');
    expect(resolve('/', 'dev/../dev')).toBe('/dev');
    expect(resolve('/', 'dev/null/..')).toBe(-20);
  });

  it('is mounted on directories only', () => {
    expect(kernel.fn('mountDevfsOn')(kernel.putString('/nowhere'))).toBe(-2);
    expect(kernel.fn('mountDevfsOn')(kernel.putString('/dev/null'))).toBe(-20);
  });

  it('has devices that do what their names say', () => {
    const buffer = kernel.put(new Uint8Array(16).fill(7));
    const zero = open('/dev/zero');
    expect(Number(kernel.fn64('fileRead')(zero, buffer, 16))).toBe(16);
    expect([...kernel.bytes(buffer, 16)]).toEqual(Array<number>(16).fill(0));
    const nothing = open('/dev/null');
    expect(Number(kernel.fn64('fileRead')(nothing, buffer, 16))).toBe(0);
    expect(Number(kernel.fn64('fileWrite')(nothing, buffer, 16))).toBe(16);
    expect(Number(kernel.fn64('fileSeek')(nothing, 0n, 0))).toBe(-29);
    expect(Number(kernel.fn64('fileWrite')(open('/dev/full'), buffer, 16))).toBe(-28);
  });

  it('can be opened as a shell redirects to it, on a read-only root too', () => {
    expect(open('/dev/null', 1 | O_CREAT | O_TRUNC)).toBeGreaterThan(0);
    expect(open('/dev/new', 1 | O_CREAT)).toBe(-1);
    expect(open('/new', 1 | O_CREAT)).toBe(-30);
    expect(open('/dev/null/x')).toBe(-20);
    const stat = kernel.put(new Uint8Array(144));
    expect(kernel.fn('vfsStat')(0, kernel.putString('/dev/null'), stat, 1)).toBe(0);
    expect(kernel.view().getUint32(stat + 24, true)).toBe(0o20666);
    expect(Number(kernel.view().getBigUint64(stat + 40, true))).toBe(0x103);
  });
});
