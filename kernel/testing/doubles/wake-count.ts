/** A wake-up function for drivers under test that only counts. */
let count: u32 = 0;

function countWake(_argument: usize): void {
  count++;
}

/** Its function index, as drivers take it. */
export function wakeCounter(): u32 {
  const f: (argument: usize) => void = countWake;
  return f.index;
}

export function wakeCount(): u32 {
  return count;
}
