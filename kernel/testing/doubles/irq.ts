/** Stands in for arch/x86_64/irq.ts in unit tests: raiseIrq() is the interrupt controller. */
const handlers = memory.data(16 * 4, 4);

export function registerIrq(line: u32, handler: (line: u32) => void): void {
  store<u32>(handlers + line * 4, handler.index);
}

export function raiseIrq(line: u32): void {
  const index = load<u32>(handlers + line * 4);
  if (index != 0) call_indirect<void>(index, line);
}

let levels: u32 = 0;

export function registerLevelIrq(line: u32, handler: (line: u32) => void): void {
  levels |= (<u32>1) << line;
  registerIrq(line, handler);
}

/** Bit n: line n was registered as level-triggered. */
export function levelIrqs(): u32 {
  return levels;
}
