import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SerialHistory } from './serial-history.ts';

let folder: string;
let log: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-serial-'));
  log = path.join(folder, 'serial.log');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const fail = (error: Error): never => {
  throw error;
};

test('is read in pieces from any place', async () => {
  const history = new SerialHistory(log, fail);
  history.append(Buffer.from('hello '));
  history.append(Buffer.from('wide '));
  history.append(Buffer.from('world'));
  const read = (offset: number, max: number): string =>
    Buffer.from(history.read(offset, max)?.data ?? []).toString();
  expect(read(0, 100)).toBe('hello wide world');
  expect(read(4, 5)).toBe('o wid');
  expect(read(11, 2)).toBe('wo');
  expect(history.read(16, 10)).toBeNull();
  await history.close();
  expect(readFileSync(log, 'utf8')).toBe('hello wide world');
});

test('keeps the newest megabyte in memory and says where it begins; the file has all', async () => {
  const history = new SerialHistory(log, fail);
  for (let chunk = 0; chunk < 30; chunk++) history.append(Buffer.alloc(100_000, chunk));
  const piece = history.read(0, 10);
  expect(piece?.offset).toBe(1_900_000);
  expect(piece?.data[0]).toBe(19);
  await history.close();
  expect(statSync(log).size).toBe(3_000_000);
});

test('appends to the log of before, and moves one that has grown large aside', async () => {
  writeFileSync(log, 'before ');
  const first = new SerialHistory(log, fail);
  first.append(Buffer.from('after'));
  await first.close();
  expect(readFileSync(log, 'utf8')).toBe('before after');
  truncateSync(log, 9 * 1024 * 1024);
  await new SerialHistory(log, fail).close();
  expect(statSync(log).size).toBe(0);
  expect(statSync(`${log}.1`).size).toBe(9 * 1024 * 1024);
});
