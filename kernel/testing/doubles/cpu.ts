/** Stands in for arch/x86_64/cpu.ts in unit tests. */
export function pause(): void {}

export function hardwareRandom(): u64 {
  return 0;
}

let tsc: u64 = 0;

/** Advances with each look. */
export function readTsc(): u64 {
  return (tsc += 1000);
}
