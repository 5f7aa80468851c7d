import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cachedPath,
  isCached,
  isFresh,
  listFiles,
  markFresh,
  pruneCache,
  sha256,
  writeAtomically,
  writeIfChanged,
} from './cache.ts';
import { CACHE, OUT } from './paths.ts';

let directory: string;
let step: string;

beforeEach(() => {
  mkdirSync(OUT, { recursive: true });
  directory = mkdtempSync(path.join(OUT, 'test_cache_'));
  step = `test/${path.basename(directory)}`;
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  rmSync(path.join(CACHE, 'steps', `${step.replace('/', '_')}.json`), { force: true });
});

function file(name: string, content: string): string {
  const at = path.join(directory, name);
  writeFileSync(at, content);
  return at;
}

describe('a step', () => {
  it('is fresh until an input, the key or an output changes', () => {
    const input = file('input', 'one');
    const output = file('output', 'made');
    expect(isFresh(step, 'key')).toBe(false);
    markFresh(step, 'key', { inputs: [input], outputs: [output] });
    expect(isFresh(step, 'key')).toBe(true);
    expect(isFresh(step, 'other key')).toBe(false);
    file('input', 'two');
    expect(isFresh(step, 'key')).toBe(false);
    file('input', 'one');
    expect(isFresh(step, 'key')).toBe(true);
    file('output', 'made by somebody else');
    expect(isFresh(step, 'key')).toBe(false);
    markFresh(step, 'key', { inputs: [input], outputs: [output] });
    rmSync(output);
    expect(isFresh(step, 'key')).toBe(false);
  });

  it('says nothing of where the checkout lies, so that a copy of it is judged by its own files', () => {
    const input = file('input', 'one');
    const output = file('output', 'made');
    markFresh(step, 'key', { inputs: [input, '/bin/sh'], outputs: [output] });
    const record = readFileSync(path.join(CACHE, 'steps', `${step.replace('/', '_')}.json`), 'utf8');
    expect(record).toContain(path.basename(directory));
    expect(record).not.toContain(path.dirname(OUT));
    expect(record).toContain('/bin/sh');
    expect(isFresh(step, 'key')).toBe(true);
  });

  it('is stale when a file appears that it looked for in vain, or an input is gone', () => {
    const input = file('input', 'one');
    const absent = path.join(directory, 'absent');
    markFresh(step, 'key', { inputs: [input, absent], outputs: [] });
    expect(isFresh(step, 'key')).toBe(true);
    file('absent', '');
    expect(isFresh(step, 'key')).toBe(false);
    rmSync(absent);
    rmSync(input);
    expect(isFresh(step, 'key')).toBe(false);
  });

  it('stays fresh when a disk image was written to, but not when it is gone', () => {
    const image = file('image', 'sectors');
    markFresh(step, 'key', { inputs: [], outputs: [], mutableOutputs: [image] });
    file('image', 'other sectors');
    expect(isFresh(step, 'key')).toBe(true);
    rmSync(image);
    expect(isFresh(step, 'key')).toBe(false);
  });
});

describe('files', () => {
  it('are written whole or not at all, and leave nothing behind', () => {
    const at = path.join(directory, 'new/folder/file');
    writeAtomically(at, 'content');
    expect(readFileSync(at, 'utf8')).toBe('content');
    // A folder in the way: the write fails.
    expect(() => {
      writeAtomically(path.join(directory, 'new'), 'content');
    }).toThrow();
    expect(readdirSync(directory)).toEqual(['new']);
    expect(listFiles(directory, () => true)).toEqual([at]);
  });

  it('that are the same are not written again', () => {
    const at = file('same', 'content');
    utimesSync(at, 1000, 1000);
    writeIfChanged(at, 'content');
    expect(listFiles(directory, (name) => name === 'same')).toEqual([at]);
    expect(readFileSync(at, 'utf8')).toBe('content');
    writeIfChanged(at, 'changed');
    expect(readFileSync(at, 'utf8')).toBe('changed');
  });
});

describe('results by key', () => {
  it('are kept while they are used', () => {
    const kind = `test-${path.basename(directory)}`;
    const [used, unused] = ['used', 'unused'].map((name) => cachedPath(kind, sha256(name), '.o'));
    if (used === undefined || unused === undefined) throw new Error('no paths');
    for (const at of [used, unused]) {
      writeAtomically(at, 'object');
      utimesSync(at, 1000, 1000);
    }
    expect(isCached(used)).toBe(true);
    expect(isCached(cachedPath(kind, sha256('none'), '.o'))).toBe(false);
    pruneCache(kind);
    expect(listFiles(path.join(CACHE, kind), () => true)).toEqual([used]);
    rmSync(path.join(CACHE, kind), { recursive: true });
  });

  it('have keys that keep their parts apart', () => {
    expect(sha256('ab', 'c')).not.toBe(sha256('a', 'bc'));
    expect(sha256('a')).toBe(sha256(Buffer.from('a')));
  });
});
