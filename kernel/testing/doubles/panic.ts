/** Stands in for lib/panic.ts in unit tests: a panic is a failed assertion, which the test sees as an exception. */
export function panic(message: string): void {
  assert(false, message);
}

let panicking: bool = false;

export function isPanicking(): bool {
  return panicking;
}

export function setPanicking(): void {
  panicking = true;
}
