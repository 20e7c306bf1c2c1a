const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in the unit that leaves three digits: `13.5 kB`. */
export function bytesText(value: number): string {
  let size = value;
  let unit = 0;
  // What would be rounded to 1,000 is 1 of the next.
  while (size >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(size) : size.toPrecision(3)} ${UNITS[unit] ?? 'B'}`;
}
