import { describe, expect, it } from 'vitest';
import { restoreFields, saveFields, StateError, type StateFields, type Stateful } from './state-fields.ts';

const KINDS = ['round', 'square'] as const;

class Part implements Stateful {
  yes = false;
  byte = 0;
  word = 0;
  long = 0;
  signed = 0;
  big = 0n;
  time = 0;
  name = '';
  readonly table = new Uint8Array(4);
  blob = new Uint8Array(0);
  maybe: number | null = null;
  list: { readonly a: number; readonly b: string }[] = [];
  kind: (typeof KINDS)[number] = 'round';

  state(fields: StateFields): void {
    this.yes = fields.bool(this.yes);
    this.byte = fields.u8(this.byte);
    this.word = fields.u16(this.word);
    this.long = fields.u32(this.long);
    this.signed = fields.i32(this.signed);
    this.big = fields.u64(this.big);
    this.time = fields.f64(this.time);
    this.name = fields.text(this.name);
    fields.bytes(this.table);
    this.blob = Uint8Array.from(fields.buffer(this.blob));
    this.maybe = fields.optional(this.maybe, (v) => fields.u8(v), 0);
    this.list = fields.list(this.list, ({ a, b }) => ({ a: fields.u8(a), b: fields.text(b) }), {
      a: 0,
      b: '',
    });
    this.kind = fields.choice(this.kind, KINDS);
  }
}

function filled(): Part {
  const part = new Part();
  Object.assign(part, {
    yes: true,
    byte: 255,
    word: 65535,
    long: 0xffffffff,
    signed: -2,
    big: 2n ** 64n - 1n,
  });
  Object.assign(part, { time: 1.5e18, name: 'ä€', blob: Uint8Array.of(1, 2), maybe: 7, kind: 'square' });
  part.table.set([1, 2, 3, 4]);
  part.list = Array.from({ length: 3000 }, (_, i) => ({ a: i & 255, b: `item ${String(i)}` }));
  return part;
}

describe('state fields', () => {
  it('come back as they were', () => {
    const restored = new Part();
    restoreFields(restored, saveFields(filled()));
    expect(restored).toEqual(filled());
  });

  it('leave what is saved as it is', () => {
    const part = filled();
    saveFields(part);
    expect(part).toEqual(filled());
  });

  it('take a word that a chip keeps as a signed number', () => {
    const restored = new Part();
    restoreFields(restored, saveFields(Object.assign(new Part(), { long: -1 })));
    expect(restored.long).toBe(0xffffffff);
  });

  it.each([
    ['byte', 256],
    ['byte', -1],
    ['word', 0.5],
    ['signed', 2 ** 31],
    ['time', Number.NaN],
  ])('do not save %s = %d, which would come back otherwise', (name, value) => {
    expect(() => saveFields(Object.assign(new Part(), { [name]: value }))).toThrow(RangeError);
  });

  it('refuse every shortened form, and a longer one', () => {
    const saved = saveFields(Object.assign(filled(), { list: [] }));
    for (let length = 0; length < saved.length; length++)
      expect(() => {
        restoreFields(new Part(), saved.subarray(0, length));
      }).toThrow(StateError);
    expect(() => {
      restoreFields(new Part(), Uint8Array.of(...saved, 0));
    }).toThrow(/1 bytes more/);
  });

  it('refuse values that no machine saves, and never throw anything else', () => {
    const saved = saveFields(Object.assign(filled(), { list: [] }));
    for (let at = 0; at < saved.length; at++) {
      const damaged = saved.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        restoreFields(new Part(), damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(StateError);
      }
    }
  });
});
