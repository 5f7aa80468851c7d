/** Replaying a journal: debugfs writes the transactions, e2fsck's own replay of a copy is the judge. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OverlaySectors } from '../../overlay.ts';
import { MemorySectors } from '../../sectors.ts';
import { readBlockMap } from './block-map.ts';
import { Ext2 } from './ext2.ts';
import { formatExt2 } from './format.ts';
import { JOURNAL_INODE } from './layout.ts';
import { needsRecovery, recoverJournal } from './recovery.ts';
import { Volume } from './volume.ts';

const MIB = 1 << 20;
const BLOCK = 4096;
const NOW = new Date('2026-11-22T12:34:56Z');
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-recovery-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function volumeFile(): string {
  const disk = new MemorySectors(new Uint8Array(16 * MIB));
  formatExt2(disk, { uuid: Buffer.alloc(16, 7), now: NOW, journalBlocks: 1024 });
  const ext2 = new Ext2(disk, () => NOW);
  ext2.writeFile('/kept', Buffer.from('kept'));
  ext2.flush();
  const file = path.join(folder, 'volume.img');
  writeFileSync(file, disk.bytes);
  return file;
}

/** A file of `count` blocks, each full of one byte; `magic` begins each with the journal's own number. */
function blocksFile(name: string, bytes: readonly number[], magic = false): string {
  const file = path.join(folder, name);
  const content = Buffer.concat(bytes.map((byte) => Buffer.alloc(BLOCK, byte)));
  if (magic) for (let at = 0; at < content.length; at += BLOCK) content.writeUInt32BE(0xc03b3998, at);
  writeFileSync(file, content);
  return file;
}

/** Runs debugfs' commands in one session: transactions are written by `jw`. */
function debugfs(file: string, commands: readonly string[]): void {
  const { stdout, stderr } = spawnSync('debugfs', ['-w', '-f', '-', file], {
    input: `${commands.join('\n')}\n`,
    encoding: 'utf8',
  });
  expect(stderr.replace(/^debugfs [^\n]*\n/, '')).toBe('');
  expect(stdout).not.toMatch(/not|error/i);
}

function load(file: string): MemorySectors {
  return new MemorySectors(readFileSync(file));
}

function blockAt(disk: MemorySectors, block: number): number[] {
  return [...disk.bytes.subarray(block * BLOCK, block * BLOCK + 8)];
}

/** Everything but the superblock and the journal itself. */
function home(disk: MemorySectors): Buffer {
  const bytes = Buffer.from(disk.bytes);
  const volume = new Volume(disk);
  for (const block of [0, ...readBlockMap(volume, volume.readInode(JOURNAL_INODE), 1024)]) {
    bytes.fill(0, block * BLOCK, (block + 1) * BLOCK);
  }
  return bytes;
}

function dirtyVolume(): string {
  const file = volumeFile();
  const first = blocksFile('first', [1, 2, 3]);
  const second = blocksFile('second', [4, 5], true);
  const third = blocksFile('third', [6]);
  debugfs(file, [
    'jo',
    `jw -b 3000,3001,3002 ${first}`,
    `jw -b 3001,3003 ${second}`,
    'jw -r 3000',
    `jw -b 3004 ${third}`,
    'jc',
  ]);
  return file;
}

describe('the replay of a journal', () => {
  it('writes home what was committed, the last of each, and leaves revoked blocks alone', () => {
    const disk = load(dirtyVolume());
    expect(needsRecovery(disk)).toBe(true);
    expect(() => new Ext2(disk)).toThrow(/journal must be replayed/);
    expect(recoverJournal(disk)).toBe(4);
    expect(blockAt(disk, 3000)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(blockAt(disk, 3001)).toEqual([0xc0, 0x3b, 0x39, 0x98, 4, 4, 4, 4]);
    expect(blockAt(disk, 3002)).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
    expect(blockAt(disk, 3003)).toEqual([0xc0, 0x3b, 0x39, 0x98, 5, 5, 5, 5]);
    expect(blockAt(disk, 3004)).toEqual([6, 6, 6, 6, 6, 6, 6, 6]);
    expect(needsRecovery(disk)).toBe(false);
    expect(Buffer.from(new Ext2(disk).readFile('/kept')).toString()).toBe('kept');
  });

  it('does what e2fsck does, and leaves it nothing to do', () => {
    const file = dirtyVolume();
    const disk = load(file);
    recoverJournal(disk);
    const ours = path.join(folder, 'ours.img');
    writeFileSync(ours, disk.bytes);
    expect(spawnSync('e2fsck', ['-p', file]).status).toBeLessThanOrEqual(1);
    expect(Buffer.compare(home(disk), home(load(file)))).toBe(0);
    execFileSync('e2fsck', ['-fn', ours], { stdio: 'ignore' });
  });

  it('leaves a transaction without its commit block out', () => {
    const disk = load(dirtyVolume());
    // The last commit: cleared, as if power had gone before it was written.
    const volume = new Volume(disk, { recovering: true });
    const log = readBlockMap(volume, volume.readInode(JOURNAL_INODE), 1024);
    const isCommit = (block: number): boolean =>
      Buffer.from(volume.readBlock(block)).readUInt32BE(0) === 0xc03b3998 &&
      Buffer.from(volume.readBlock(block)).readUInt32BE(4) === 2;
    const last = log.filter(isCommit).at(-1) ?? 0;
    disk.bytes.fill(0, last * BLOCK, (last + 1) * BLOCK);
    expect(recoverJournal(disk)).toBe(3);
    expect(blockAt(disk, 3004)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(blockAt(disk, 3002)).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
  });

  it('happens in memory alone for a reader', () => {
    const disk = load(dirtyVolume());
    const before = Buffer.from(disk.bytes);
    const overlay = new OverlaySectors(disk);
    expect(recoverJournal(overlay)).toBe(4);
    expect(Buffer.from(new Ext2(overlay).readFile('/kept')).toString()).toBe('kept');
    expect(Buffer.compare(before, Buffer.from(disk.bytes))).toBe(0);
  });

  it('ends with an error or a volume for any damage to the log', () => {
    const whole = load(dirtyVolume());
    const volume = new Volume(whole, { recovering: true });
    const log = readBlockMap(volume, volume.readInode(JOURNAL_INODE), 12);
    let seed = 7;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (let round = 0; round < 300; round++) {
      const disk = new OverlaySectors(whole);
      for (let i = 0; i < 3; i++) {
        const block = log[random(log.length)] ?? 0;
        const sector = new Uint8Array(512);
        disk.read(block * 8, sector);
        sector[random(64)] = random(256);
        disk.write(block * 8, sector);
      }
      try {
        recoverJournal(disk);
      } catch (error) {
        expect(String(error)).toMatch(/Ext2Error|no ext2/);
      }
    }
  });
});
