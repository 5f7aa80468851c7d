import { describe, expect, test } from 'vitest';
import { CodecError, decode, encode } from './codec.ts';

test.each([
  [null],
  ['text – with ümlauts'],
  [[1, 2.5, -3, true, false]],
  [{ a: { b: [{ c: 'd' }] } }],
  [Uint8Array.of(1, 2, 3)],
  [new Uint8Array(0)],
  [
    {
      bands: [
        { y: 1, rgba: Uint8Array.of(9) },
        { y: 2, rgba: Uint8Array.of(8, 7) },
      ],
    },
  ],
])('%j comes back as it was', (value) => {
  expect(decode(encode(value))).toEqual(value);
});

test('a Buffer crosses as bytes, not as its JSON form', () => {
  expect(decode(encode({ png: Buffer.from([1, 2]) }))).toEqual({ png: Uint8Array.of(1, 2) });
});

test('a view crosses alone, without the buffer around it', () => {
  const message = encode(new Uint8Array(1_000_000).subarray(10, 12));
  expect(message.byteLength).toBeLessThan(100);
});

test('a message is read at any offset of its buffer', () => {
  const message = encode({ data: Uint8Array.of(5) });
  const shifted = new Uint8Array(message.byteLength + 3);
  shifted.set(message, 3);
  expect(decode(shifted.subarray(3))).toEqual({ data: Uint8Array.of(5) });
});

describe('what is no message is refused', () => {
  const withJson = (json: string): Uint8Array => {
    const bytes = new TextEncoder().encode(json);
    const message = new Uint8Array(4 + bytes.length);
    new DataView(message.buffer).setUint32(0, bytes.length, true);
    message.set(bytes, 4);
    return message;
  };

  test.each([
    ['nothing', new Uint8Array(0)],
    ['half a header', new Uint8Array(3)],
    ['a length beyond the end', Uint8Array.of(255, 255, 255, 255, 123)],
    ['no JSON', withJson('{')],
    ['no UTF-8', Uint8Array.of(2, 0, 0, 0, 0xc3, 0x28)],
    ['bytes beyond the end', withJson('{"$bytes":[0,1]}')],
    ['bytes at a negative place', withJson('{"$bytes":[-1,0]}')],
    ['bytes at a fraction', withJson('{"$bytes":[0.5,0]}')],
    ['a byte reference of another shape', withJson('{"$bytes":"all"}')],
  ])('%s', (_what, message) => {
    expect(() => decode(message)).toThrow(CodecError);
  });

  test('random bytes never do anything but decode or throw a CodecError', () => {
    let state = 1;
    const random = (): number => (state = (state * 1103515245 + 12345) % 2147483648);
    for (let round = 0; round < 2000; round++) {
      const message = encode({ t: 'call', params: ['x', Uint8Array.of(1, 2, 3)] });
      for (let flips = 0; flips < 3; flips++) message[random() % message.length] = random() & 255;
      try {
        decode(message);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }
  });
});
