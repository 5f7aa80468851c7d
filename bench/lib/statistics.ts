/** Numbers that summarise the rounds of a measurement. All return NaN for an empty list. */

/** The upper median: always one of the values. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function minimum(numbers: readonly number[]): number {
  return numbers.length === 0 ? NaN : Math.min(...numbers);
}

export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}
