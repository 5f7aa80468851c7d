/** Stands in for arch/x86_64/cpu.ts in unit tests. */
export function pause(): void {}
