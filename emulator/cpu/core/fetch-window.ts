/** FETCH_BUFFER: the bytes of an instruction that crosses from one page to the next, or that lies in MMIO space. */
import { FETCH_BUFFER, WALK_PHYSICAL } from '../layout';
import { mmioRead } from './host';

/** After translateCode gave 0: reads `count` bytes of code in MMIO space through the bus. */
export function fetchFromBus(at: usize, count: u32): void {
  const physical = load<u64>(WALK_PHYSICAL);
  for (let i: u32 = 0; i < count; i++) store<u8>(at + i, <u8>mmioRead(<f64>(physical + i), 1));
}

/** The bytes of the instruction that lie in the second page, as a number. */
export function fetchTail(skip: u32, count: u32): u64 {
  const bytes = load<u64>(FETCH_BUFFER + skip);
  return count >= 8 ? bytes : bytes & (((<u64>1) << (count << 3)) - 1);
}
