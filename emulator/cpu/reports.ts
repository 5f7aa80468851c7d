/**
 * The core's log lines: it names a kind (with a count above its low byte) and two numbers (core/host.ts); the words
 * are here.
 */
import { PAGE_BASE } from './layout.ts';

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** The first `count` bytes of an instruction, the lowest first, as in a listing. */
function listing(bytes: bigint, count: number): string {
  if (count === 0) return 'in memory that cannot be read as code';
  const pairs = Array.from({ length: count }, (_, i) => {
    const byte = (bytes >> BigInt(8 * i)) & 0xffn;
    return byte.toString(16).padStart(2, '0');
  });
  return `bytes ${pairs.join(' ')}`;
}

/**
 * How much it matters, and its words. A guest finds out which model-specific registers there are by the #GP that it
 * handles (Linux: rdmsr_safe): that is its own business.
 */
export function describeReport(
  view: DataView,
  what: number,
  a: bigint,
  b: bigint,
): ['debug' | 'warning', string] {
  switch (what & 0xff) {
    case 1:
      return [
        'warning',
        `cpu: opcode not implemented at linear address ${hex(a)}, ${listing(b, what >>> 8)}: #UD`,
      ];
    case 5:
      return ['debug', `cpu: unknown MSR ${hex(a)} ${b ? 'written' : 'read'}: #GP`];
    default: {
      const page = hex(view.getBigUint64(PAGE_BASE, true));
      return ['warning', `cpu: report ${what}: ${hex(a)} ${hex(b)} (page ${page})`];
    }
  }
}
