/** Files that a run of a machine must not write over, and what it does about a file that it cannot write any more. */
import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { requireOutputFiles } from './output-files.ts';
import { optionNames, parseRunOptions } from './run-options.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'breenix-outputs-'));
const at = (name: string): string => path.join(folder, name);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(at('folder.png'), { recursive: true });
  for (const name of [
    'disk.img',
    'kernel',
    'initrd',
    'second.img',
    'cd.iso',
    'rom.bin',
    'vars.fd',
    'old.state',
  ])
    writeFileSync(at(name), name);
  symlinkSync('disk.img', at('symbolic'));
  linkSync(at('disk.img'), at('hard'));
});

function check(...words: readonly string[]): void {
  const options = parseRunOptions(words, optionNames);
  if (options !== null) requireOutputFiles(options);
}

describe('requireOutputFiles', () => {
  it.each([
    ['the disk', ['--image', at('disk.img'), '--save-state', at('disk.img')], '--image'],
    ['the disk by a symbolic link', ['--image', at('disk.img'), '--save-state', at('symbolic')], '--image'],
    ['the disk by a hard link', ['--image', at('hard'), '--serial', `file:${at('disk.img')}`], '--image'],
    ['a further disk', ['--disk', at('second.img'), '--serial', `file:${at('second.img')}`], '--disk'],
    ['a CD', ['--cdrom', at('cd.iso'), '--save-state', at('cd.iso')], '--cdrom'],
    ['a kernel', ['--kernel', at('kernel'), '--save-state', at('kernel')], '--kernel'],
    [
      'an initrd',
      ['--kernel', at('kernel'), '--initrd', at('initrd'), '--save-state', at('initrd')],
      '--initrd',
    ],
    ['a firmware', ['--firmware', at('rom.bin'), '--save-state', at('rom.bin')], '--firmware'],
    [
      'UEFI variables',
      ['--uefi-variables', at('vars.fd'), '--save-state', at('vars.fd')],
      '--uefi-variables',
    ],
    ['variables beside the disk', ['--image', at('a'), '--save-state', at('a.uefi-variables')], '--uefi-var'],
    ['another output', ['--serial', `file:${at('new')}`, '--save-state', at('new')], '--serial'],
    [
      'the state it goes on with',
      ['--load-state', at('old.state'), '--serial', `file:${at('old.state')}`],
      '--load',
    ],
  ])('refuses to write over %s', (_what, words, named) => {
    expect(() => {
      check(...words);
    }).toThrow(named);
  });

  it.each([
    ['a folder as saved state', ['--save-state', folder], 'it is a folder'],
    ['a folder as screenshot', ['--screenshot', at('folder.png')], 'it is a folder'],
    ['a device as saved state', ['--save-state', '/dev/null'], 'no regular file'],
    ['a folder that is not there', ['--save-state', at('none/state')], 'does not exist'],
  ])('refuses %s', (_what, words, reason) => {
    expect(() => {
      check(...words);
    }).toThrow(reason);
  });

  it('lets a saved machine be replaced by what becomes of it, and the serial line go to a device', () => {
    check('--load-state', at('old.state'), '--save-state', at('old.state'), '--serial', 'file:/dev/null');
  });
});

describe('breenix run', () => {
  const run = (...words: readonly string[]): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [path.resolve(import.meta.dirname, 'main.ts'), 'run', ...words], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });

  /** A boot sector that writes x to COM1 without end. */
  const writeTalker = (): void => {
    const sector = Buffer.alloc(512);
    // mov dx,3f8; mov al,'x'; out dx,al; jmp $-1
    Buffer.from('baf803b078eeebfd', 'hex').copy(sector);
    sector.writeUInt16LE(0xaa55, 510);
    writeFileSync(at('talker.img'), sector);
  };

  it('ends in order when the serial file cannot be written any more', () => {
    writeTalker();
    const { status, stderr } = run('--image', 'talker.img', '--serial', 'file:/dev/full', '--memory', '16');
    expect(stderr).toMatch(/^breenix: cannot write the serial line to \/dev\/full: ENOSPC/);
    expect(stderr).not.toContain('at ');
    expect(status).toBe(1);
    expect(readdirSync(folder)).not.toContain('.talker.img.lock');
  });

  it('does not wait at a FIFO that is given as an image', () => {
    spawnSync('mkfifo', [at('fifo')]);
    const { status, stderr } = run('--image', 'fifo');
    expect(stderr).toContain('it is no regular file');
    expect(status).toBe(2);
  });

  it('leaves a disk alone that the saved machine would have replaced', () => {
    writeTalker();
    const before = readFileSync(at('talker.img'));
    expect(run('--image', 'talker.img', '--save-state', 'talker.img').status).toBe(2);
    expect(readFileSync(at('talker.img')).equals(before)).toBe(true);
  });
});
