/** The core's log lines: it names a kind and two numbers (core/host.ts), the words are here. */
import { PAGE_BASE, PHYSICAL_MAP } from './layout.ts';

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Bytes at a linear address, as far as they can be had without a page walk: identity-mapped or real mode. */
function bytesAt(view: DataView, linear: bigint): string {
  const physical = Number(linear & 0xffff_ffffn);
  const entry = view.getUint32(PHYSICAL_MAP + (physical >>> 12) * 4, true);
  if ((entry & 0xfff) === 0) return 'bytes not at hand';
  const at = (entry & ~0xfff) >>> 0;
  const bytes = Array.from({ length: 8 }, (_, i) => {
    const byte = view.getUint8(at + ((physical + i) & 0xfff));
    return byte.toString(16).padStart(2, '0');
  });
  return `bytes (if identity-mapped) ${bytes.join(' ')}`;
}

export function describeReport(view: DataView, what: number, a: bigint, b: bigint): string {
  switch (what) {
    case 1:
      return `cpu: opcode not implemented at ${hex(b)} (linear ${hex(a)}), ${bytesAt(view, a)}: #UD`;
    case 2:
      return `cpu: interrupt ${a} goes through a task gate at ${hex(b)}: task switches are not implemented, #GP`;
    case 3:
      return `cpu: a task switch (selector ${hex(a)}) is not implemented: #GP`;
    case 5:
      return `cpu: unknown MSR ${hex(a)} ${b ? 'written' : 'read'}: #GP`;
    default:
      return `cpu: report ${what}: ${hex(a)} ${hex(b)} (page ${hex(view.getBigUint64(PAGE_BASE, true))})`;
  }
}
