/** Numbers that summarise the rounds of a measurement. All return NaN for an empty list. */

/** The upper median: always one of the values. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

export function minimum(numbers: readonly number[]): number {
  return numbers.length === 0 ? NaN : Math.min(...numbers);
}

export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** The value that a `share` (0 to 1) of the values does not exceed. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}
