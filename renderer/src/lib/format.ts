/** Numbers as people read them. */
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${binaryUnits[unit] ?? ''}`;
}

/** Instructions a second, in millions. */
export function formatMips(instructionsPerSecond: number): string {
  const millions = instructionsPerSecond / 1e6;
  return `${millions.toFixed(millions >= 10 ? 0 : 1)} M/s`;
}
