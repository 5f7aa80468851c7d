import { describe, expect, it } from 'vitest';
import { smbiosFiles } from './smbios.ts';

describe('SMBIOS files', () => {
  const uuid = Uint8Array.from({ length: 16 }, (_, i) => i);
  const { anchor, tables } = smbiosFiles(512 * 1024 * 1024, uuid);

  /** Walks the structures as a reader of the table does. */
  function structures(): { type: number; body: Uint8Array; strings: string[] }[] {
    const found = [];
    for (let at = 0; at < tables.length;) {
      const body = tables.subarray(at, at + (tables[at + 1] ?? 0));
      let end = at + body.length;
      while (tables[end] !== 0 || tables[end + 1] !== 0) end++;
      const text = new TextDecoder().decode(tables.subarray(at + body.length, end));
      found.push({ type: tables[at] ?? -1, body, strings: text === '' ? [] : text.split('\0') });
      at = end + 2;
    }
    return found;
  }

  it('have an anchor that fits the tables', () => {
    const view = new DataView(anchor.buffer);
    expect(new TextDecoder().decode(anchor.subarray(0, 4))).toBe('_SM_');
    expect(anchor[5]).toBe(0x1f);
    expect(anchor).toHaveLength(0x1f);
    expect(new TextDecoder().decode(anchor.subarray(16, 21))).toBe('_DMI_');
    expect(view.getUint16(22, true)).toBe(tables.length);
    expect(view.getUint16(28, true)).toBe(structures().length);
  });

  it('describe system, memory and the end of the table', () => {
    const all = structures();
    expect(all.map((s) => s.type)).toEqual([1, 3, 4, 16, 17, 19, 32, 127]);
    const [system] = all;
    expect(system?.strings[0]).toBe('Breenix');
    expect([...(system?.body.subarray(8, 24) ?? [])]).toEqual([...uuid]);
    expect(system?.body).toHaveLength(0x1b);
    const memory = all.find((s) => s.type === 17)?.body ?? new Uint8Array(0);
    expect(new DataView(memory.buffer, memory.byteOffset).getUint16(12, true)).toBe(512);
    const processor = all.find((s) => s.type === 4)?.body;
    expect(processor).toHaveLength(0x2a);
  });
});
