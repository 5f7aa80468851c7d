/** Copying into and out of images: e2fsck, debugfs and mtools judge what was written. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Ext2 } from '../filesystems/ext2/ext2.ts';
import { formatExt2 } from '../filesystems/ext2/format.ts';
import { Fat32 } from '../filesystems/fat32/fat32.ts';
import { formatFat32 } from '../filesystems/fat32/format.ts';
import { emitMbr } from '../partitions/mbr.ts';
import { MemorySectors, SectorRange } from '../sectors.ts';
import { CopyStoppedError, copyTree, type CopyOptions, type Place } from './copy.ts';
import { HostTree } from './host-tree.ts';
import { openImage, type OpenImage } from './image-volume.ts';

const MIB = 1 << 20;
const NOW = new Date('2026-11-22T12:34:56Z');
const TIME = new Date('2020-02-03T04:05:06Z');
const BOOT = { index: 0, type: 0x0c, active: false, firstSector: 2048, sectorCount: 40 * 2048 };
const ROOT = { index: 1, type: 0x83, active: false, firstSector: 41 * 2048, sectorCount: 16 * 2048 };
const base = mkdtempSync(path.join(tmpdir(), 'breenix-exchange-'));
afterAll(() => {
  rmSync(base, { recursive: true });
});

let folder = '';
let disk: MemorySectors;
let notes: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(base, 'case-'));
  notes = [];
  disk = new MemorySectors(new Uint8Array(58 * MIB));
  emitMbr(disk.bytes.subarray(0, 512), [BOOT, ROOT], disk.sectorCount);
  formatFat32(range(BOOT), { label: 'TEST', volumeId: 1, now: NOW });
  formatExt2(range(ROOT), { uuid: Buffer.alloc(16, 7), now: NOW, journalBlocks: 1024 });
  const root = new Ext2(range(ROOT), () => NOW);
  for (const at of ['/etc', '/boot', '/root']) root.makeDirectory(at);
  root.writeFile('/etc/fstab', Buffer.from('# comment\n/dev/sda1 /boot vfat defaults\nproc /proc proc\n'));
  root.writeFile('/etc/motd', Buffer.from('hello\n'), { mode: 0o640, uid: 5, modified: TIME });
  root.makeSymlink('/etc/link', 'motd');
  root.makeNode('/etc/null', 'characterDevice', { major: 1, minor: 3 });
  root.flush();
});

function range(partition: typeof BOOT): SectorRange {
  return new SectorRange(disk, partition.firstSector, partition.sectorCount);
}

function open(readOnly = false, partition: number | null = null): OpenImage {
  const note = (text: string): void => {
    notes.push(text);
  };
  return openImage(disk, { name: 'disk.img', readOnly, partition, note });
}

const host = new HostTree();

function onHost(name: string): Place {
  return { tree: host, path: path.join(folder, name) };
}

/** The problems that were reported. */
function copy(from: Place, to: Place, options: CopyOptions = {}): string[] {
  const problems: string[] = [];
  const report = {
    copied: () => undefined,
    problem: (message: string): void => {
      problems.push(message);
    },
  };
  for (const step of copyTree(from, to, report, options)) expect(step).toBeUndefined();
  return problems;
}

function partitionFile(partition: typeof BOOT): string {
  const file = path.join(folder, `partition-${partition.index}`);
  const start = partition.firstSector * 512;
  writeFileSync(file, disk.bytes.subarray(start, start + partition.sectorCount * 512));
  return file;
}

function checkClean(): void {
  execFileSync('e2fsck', ['-fn', partitionFile(ROOT)], { stdio: 'ignore' });
  execFileSync('fsck.vfat', ['-n', partitionFile(BOOT)], { stdio: 'ignore' });
}

/** A folder of the host with a bit of everything. */
function makeFolder(): void {
  const at = path.join(folder, 'work');
  mkdirSync(path.join(at, 'deep/er'), { recursive: true });
  writeFileSync(path.join(at, 'script.sh'), '#!/bin/sh\n');
  chmodSync(path.join(at, 'script.sh'), 0o750);
  writeFileSync(path.join(at, 'deep/er/large'), Buffer.alloc(300_000, 'x'));
  writeFileSync(path.join(at, 'deep/A long name with ü.text'), '');
  utimesSync(path.join(at, 'script.sh'), TIME, TIME);
  chmodSync(path.join(at, 'deep'), 0o700);
  utimesSync(path.join(at, 'deep'), TIME, TIME);
}

describe('copying into an image', () => {
  it('puts a folder on the root with modes, times and links, as debugfs and e2fsck see it', () => {
    makeFolder();
    symlinkSync('script.sh', path.join(folder, 'work/link'));
    const image = open();
    expect(
      copy(onHost('work'), { tree: image.tree, path: '/root/work' }, { owner: { uid: 7, gid: 8 } }),
    ).toEqual([]);
    image.close();
    checkClean();
    const file = partitionFile(ROOT);
    const listed = execFileSync('debugfs', ['-R', 'ls -l /root/work', file], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(listed).toMatch(/100750 \(1\) +7 +8 +10 +3-Feb-2020 .* script.sh/);
    expect(listed).toMatch(/40700 \(2\) +7 +8 .*3-Feb-2020 .* deep/);
    expect(listed).toMatch(/120777 \(7\) .* link/);
    const large = execFileSync('debugfs', ['-R', 'cat /root/work/deep/er/large', file], { stdio: 'pipe' });
    expect(large.length).toBe(300_000);
  });

  it('puts a folder on the FAT32 partition, by its mount point or its number, as mtools see it', () => {
    makeFolder();
    for (const [partition, at] of [
      [null, '/boot/one'],
      [1, '/two'],
    ] as const) {
      const image = open(false, partition);
      expect(copy(onHost('work'), { tree: image.tree, path: at })).toEqual([]);
      image.close();
    }
    checkClean();
    const file = partitionFile(BOOT);
    for (const name of ['one', 'two']) {
      const listed = execFileSync('mdir', ['-/', '-b', '-i', file, `::${name}`], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      expect(listed.trim().split('\n').sort()).toEqual([
        `::/${name}/deep/`,
        `::/${name}/deep/A long name with ü.text`,
        `::/${name}/deep/er/`,
        `::/${name}/deep/er/large`,
        `::/${name}/script.sh`,
      ]);
    }
  });

  it('replaces files, fills folders that exist, and says what it cannot', () => {
    makeFolder();
    const image = open();
    const to = { tree: image.tree, path: '/root/work' };
    copy(onHost('work'), to);
    writeFileSync(path.join(folder, 'work/script.sh'), 'changed');
    expect(copy(onHost('work'), to)).toEqual([]);
    expect(Buffer.from(image.tree.read('/root/work/script.sh')).toString()).toBe('changed');
    const etc = { tree: image.tree, path: '/etc' };
    writeFileSync(path.join(folder, 'motd'), 'new');
    expect(copy(onHost('motd'), etc)).toEqual([
      `${folder}/motd: not copied: disk.img:/etc exists and is something else: remove it first`,
    ]);
    expect(copy(onHost('work'), { tree: image.tree, path: '/etc/motd' })).toEqual([
      `${folder}/work: not copied: disk.img:/etc/motd exists and is not a folder`,
    ]);
    expect(copy(onHost('missing'), etc)).toEqual([
      `${folder}/missing: not copied: there is no such file or folder`,
    ]);
    image.close();
    checkClean();
  });

  it('copies what FAT32 can hold and names what it cannot', () => {
    const at = path.join(folder, 'mixed');
    mkdirSync(at);
    for (const name of ['good', 'bad:name', 'Same', 'same']) writeFileSync(path.join(at, name), name);
    symlinkSync('good', path.join(at, 'link'));
    const image = open();
    const problems = copy(onHost('mixed'), { tree: image.tree, path: '/boot/mixed' });
    expect(problems.sort()).toEqual([
      expect.stringMatching(/mixed\/bad:name: not copied: .*a character in it is not allowed/),
      expect.stringMatching(
        /mixed\/link: not copied: FAT32 has no symbolic links \(this one leads to good\)/,
      ),
      expect.stringMatching(/mixed\/[Ss]ame: not copied: another file of the folder has the same name there/),
    ]);
    expect(image.tree.list('/boot/mixed').length).toBe(2);
    image.close();
    checkClean();
  });

  it('stops at a full disk, which keeps what it had', () => {
    writeFileSync(path.join(folder, 'motd'), Buffer.alloc(20 * MIB));
    const image = open();
    expect(() => copy(onHost('motd'), { tree: image.tree, path: '/etc/motd' })).toThrow(CopyStoppedError);
    image.close();
    checkClean();
    expect(Buffer.from(open(true).tree.read('/etc/motd')).toString()).toBe('hello\n');
  });
});

describe('copying out of an image', () => {
  it('brings back what was copied in, byte for byte', () => {
    makeFolder();
    symlinkSync('../script.sh', path.join(folder, 'work/deep/link'));
    utimesSync(path.join(folder, 'work/deep'), TIME, TIME);
    const image = open();
    copy(onHost('work'), { tree: image.tree, path: '/root/work' });
    image.close();
    const again = open(true);
    expect(copy({ tree: again.tree, path: '/root/work' }, onHost('back'))).toEqual([]);
    expect(execFileSync('diff', ['-r', path.join(folder, 'work'), path.join(folder, 'back')]).length).toBe(0);
    const stat = statSync(path.join(folder, 'back/script.sh'));
    expect([stat.mode & 0o7777, stat.mtime]).toEqual([0o750, TIME]);
    expect(statSync(path.join(folder, 'back/deep')).mtime).toEqual(TIME);
    expect(readlinkSync(path.join(folder, 'back/deep/link'))).toBe('../script.sh');
  });

  it('crosses into what fstab mounts, and leaves devices out', () => {
    const fat = new Fat32(range(BOOT), () => NOW);
    fat.writeFile('/kernel', Buffer.from('kernel'));
    fat.flush();
    const image = open(true);
    const problems = copy({ tree: image.tree, path: '/' }, onHost('all'));
    expect(problems).toEqual(['disk.img:/etc/null: not copied: it is a device, a FIFO or a socket']);
    expect(readFileSync(path.join(folder, 'all/boot/kernel'), 'utf8')).toBe('kernel');
    expect(statSync(path.join(folder, 'all/etc/motd')).mode & 0o777).toBe(0o640);
  });

  it('writes through no link on the host, and lets no name of an image lead elsewhere', () => {
    writeFileSync(path.join(folder, 'victim'), 'whole');
    mkdirSync(path.join(folder, 'out'));
    symlinkSync('../victim', path.join(folder, 'out/motd'));
    const image = open(true);
    const problems = copy({ tree: image.tree, path: '/etc' }, onHost('out'));
    expect(problems.join('\n')).toMatch(/motd: not copied: .*out\/motd exists and is something else/);
    // A name with a slash in it, which only a damaged or malicious directory has.
    const at = Buffer.from(disk.bytes).indexOf('motd', ROOT.firstSector * 512);
    disk.bytes.set(Buffer.from('../x'), Buffer.from(disk.bytes).indexOf('motd', at + 1));
    const evil = copy({ tree: open(true).tree, path: '/etc' }, onHost('evil'));
    expect(evil.some((text) => text.includes('its name leads elsewhere'))).toBe(true);
    expect(existsSync(path.join(folder, 'x'))).toBe(false);
    expect(readFileSync(path.join(folder, 'victim'), 'utf8')).toBe('whole');
    expect(lstatSync(path.join(folder, 'out/motd')).isSymbolicLink()).toBe(true);
    expect(readdirSync(path.join(folder, 'out')).some((name) => name.endsWith('.part'))).toBe(false);
  });
});

describe('opening an image', () => {
  it('finds a file system on a whole disk, and says what is there when it finds none', () => {
    const whole = disk;
    disk = new MemorySectors(new Uint8Array(whole.bytes.slice(ROOT.firstSector * 512)));
    expect(open(true).tree.stat('/etc/motd')?.sizeBytes).toBe(6);
    disk = new MemorySectors(new Uint8Array(MIB));
    expect(() => open(true)).toThrow(/disk.img: no file system is in it: the disk has no master boot record/);
    disk = whole;
    expect(() => open(true, 3)).toThrow(
      'disk.img: there is no partition 3; 1 is fat32 (type 0x0c), 2 is ext2 (type 0x83)',
    );
    disk.bytes.fill(0, BOOT.firstSector * 512, (BOOT.firstSector + 1) * 512);
    expect(() => open(true, 1)).toThrow(/partition 1 \(type 0x0c\) has no ext2 and no FAT32/);
  });

  it('marks the volumes while it writes, and refuses those of a writer that was killed', () => {
    const killed = open();
    killed.tree.write('/root/file', Buffer.from('x'), { mode: null, owner: null, modified: NOW });
    expect(() => open()).toThrow(
      /not left in order, so nothing is written to it: run e2fsck -p 'disk.img\?offset=42991616' first/,
    );
    expect(open(true).tree.stat('/etc/motd')?.sizeBytes).toBe(6);
    killed.close();
    open().close();
    checkClean();
  });

  it('takes a FAT32 volume that was not left in order when nothing is wrong with it', () => {
    const fsck = (): string =>
      spawnSync('fsck.vfat', ['-n', partitionFile(BOOT)], { encoding: 'utf8' }).stdout;
    open(false, 1);
    expect(fsck()).toMatch(/Dirty bit/i);
    open(false, 1).close();
    expect(fsck()).not.toMatch(/Dirty bit/i);
    open(false, 1);
    // The copies of the table no longer agree.
    const { geometry } = new Fat32(range(BOOT));
    const copy = geometry.reservedSectors + geometry.sectorsPerFat;
    disk.bytes[(BOOT.firstSector + copy) * 512 + 4000] = 1;
    expect(() => open(false, 1)).toThrow(/FAT32 file system was not left in order, so nothing is written/);
    expect(open(true, 1).tree.list('/')).toEqual([]);
  });

  it('replays a journal: in memory for a reader, in the image for a writer', () => {
    const file = partitionFile(ROOT);
    const block = path.join(folder, 'block');
    writeFileSync(block, Buffer.alloc(4096, 9));
    execFileSync('debugfs', ['-w', '-f', '-', file], {
      input: `jo\njw -b 3900 ${block}\njc\n`,
      stdio: 'pipe',
    });
    disk.bytes.set(readFileSync(file), ROOT.firstSector * 512);
    const at = ROOT.firstSector * 512 + 3900 * 4096;
    expect(Buffer.from(open(true).tree.read('/etc/motd')).toString()).toBe('hello\n');
    expect(disk.bytes[at]).toBe(0);
    open().close();
    expect(disk.bytes[at]).toBe(9);
    expect(notes).toEqual([
      'disk.img was not shut down in order: 1 transactions of its journal were replayed (in memory)',
      'disk.img was not shut down in order: 1 transactions of its journal were replayed',
    ]);
    checkClean();
  });
});
