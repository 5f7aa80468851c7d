import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../testing/compile.ts';

const kernel = await loadKernel(['drivers/acpi/s5.ts']);
const find = (...aml: (number | string)[]): number => {
  const bytes = aml.flatMap((part) =>
    typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)],
  );
  return kernel.fn('acpiFindS5')(kernel.put(Uint8Array.from(bytes)), bytes.length);
};

describe('_S5_', () => {
  it('reads the forms that firmware uses', () => {
    // QEMU: Name (_S5_, Package (4) { Zero, Zero, Zero, Zero })
    expect(find('junk', 0x08, '_S5_', 0x12, 0x06, 0x04, 0, 0, 0, 0)).toBe(0);
    expect(find('junk', 0x08, '_S5_', 0x12, 0x07, 0x04, 0x0a, 0x05, 0x0a, 0x06, 0, 0)).toBe(0x605);
    expect(find('junk', 0x08, '\\_S5_', 0x12, 0x06, 0x02, 1, 1)).toBe(0x101);
    expect(find(0x08, '_S5_', 0x12, 0x47, 0x00, 0x04, 0x0a, 7, 0, 0, 0)).toBe(7);
  });

  it('refuses what is something else or cut off', () => {
    expect(find('no such thing here')).toBe(-1);
    expect(find('x', 0x10, '_S5_', 0x12, 6, 4, 0, 0, 0, 0)).toBe(-1);
    expect(find('x', 0x08, '_S5_', 0x0a, 6, 4, 0, 0)).toBe(-1);
    expect(find('x', 0x08, '_S5_', 0x12, 6, 1, 0)).toBe(-1);
    expect(find('x', 0x08, '_S5_', 0x12, 6, 4, 0x0a, 8, 0)).toBe(-1);
    const whole = ['x', 0x08, '_S5_', 0x12, 0x07, 0x04, 0x0a, 0x05, 0x0a, 0x06];
    for (let n = 0; n < whole.length; n++) expect(find(...whole.slice(0, n))).toBe(-1);
  });
});
