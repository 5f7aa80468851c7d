import { describe, expect, it } from 'vitest';
import { StateError } from '../state-fields.ts';
import { compress, decompress } from './compression.ts';
import { encode, verify, type Block, type StateSource } from './format.ts';
import { packPages, unpackPages } from './pages.ts';

const block = (name: string, text: string): Block => {
  const raw = new TextEncoder().encode(text);
  // A plain array of bytes: equality tells it from a Buffer.
  return { kind: 'fields', name, version: 3, rawBytes: raw.length, data: Uint8Array.from(compress(raw)) };
};
const file = (): Buffer =>
  Buffer.concat([...encode({ hello: 1 }, [block('one', 'first'), block('two', 'second')])]);
const source = (bytes: Uint8Array): StateSource => ({
  sizeBytes: bytes.length,
  read: (at, into) => {
    into.set(bytes.subarray(at, at + into.length));
  },
});
const open = (bytes: Uint8Array) => verify(source(bytes));

describe('the file of a saved machine', () => {
  it('gives back its header and its blocks', () => {
    const { header, blocks } = open(file());
    expect(header).toEqual({ hello: 1 });
    expect([...blocks()]).toEqual([block('one', 'first'), block('two', 'second')]);
  });

  it('says what is wrong', () => {
    const changed = (at: number, byte: number): Buffer => {
      const bytes = file();
      bytes[at] = byte;
      return bytes;
    };
    expect(() => open(new Uint8Array(0))).toThrow('no saved machine');
    expect(() => open(changed(0, 0x62))).toThrow('no saved machine');
    expect(() => open(Buffer.from(file().toString('latin1').replace('\r\n', '\n'), 'latin1'))).toThrow(
      'no saved machine',
    );
    expect(() => open(changed(16, 2))).toThrow('version 2 of the format; this program reads version 1');
    expect(() => open(changed(26, 0x7e))).toThrow('damaged');
    expect(() => open(changed(file().length - 1, file().at(-1) === 0 ? 1 : 0))).toThrow('checksum');
    expect(() => open(changed(file().length - 40, 0xee))).toThrow('damaged');
    expect(() => open(Buffer.concat([file(), Buffer.alloc(1)]))).toThrow('something follows its end');
  });

  it('refuses every shortened form and every changed byte', () => {
    const whole = file();
    for (let length = 0; length < whole.length; length++)
      expect(() => open(whole.subarray(0, length))).toThrow(StateError);
    expect(() => open(whole.subarray(0, whole.length - 1))).toThrow('cut short');
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => open(damaged)).toThrow(StateError);
    }
  });
});

describe('compression', () => {
  it('is undone, and refuses what it did not make', () => {
    const raw = new Uint8Array(10000).fill(7);
    const packed = compress(raw);
    expect(packed.length).toBeLessThan(500);
    const how = 'zstdCompressSync' in process.getBuiltinModule('node:zlib') ? 'zstd' : 'deflate';
    expect(decompress(how, packed, raw.length)).toEqual(Buffer.from(raw));
    for (const bytes of [9999, 10001]) expect(() => decompress(how, packed, bytes)).toThrow(StateError);
    expect(() => decompress(how, raw, 10)).toThrow(StateError);
    expect(() => decompress('lzma', packed, 10)).toThrow('unknown way, lzma');
  });
});

describe('pages', () => {
  it('are those that hold something, and go back to their places', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(3000 * 4096));
    for (const page of [0, 5, 2999]) memory[page * 4096 + 17] = page + 1;
    for (let page = 100; page < 1500; page++) memory[page * 4096] = 1;
    const blocks = [...packPages(memory)];
    expect(blocks.map((b) => new DataView(b.buffer).getUint32(0, true))).toEqual([1024, 379]);
    const restored = new Uint8Array(memory.length);
    for (const b of blocks) unpackPages(b, restored);
    expect(Buffer.compare(restored, Buffer.from(memory))).toBe(0);
  });

  it('are refused when they fit no memory', () => {
    const [packed = new Uint8Array(0)] = packPages(new Uint8Array(8192).fill(1));
    expect(() => {
      unpackPages(packed, new Uint8Array(4096));
    }).toThrow('more memory');
    expect(() => {
      unpackPages(packed.subarray(0, 5000), new Uint8Array(8192));
    }).toThrow('impossible size');
    expect(() => {
      unpackPages(new Uint8Array(0), new Uint8Array(8192));
    }).toThrow('impossible size');
  });
});
