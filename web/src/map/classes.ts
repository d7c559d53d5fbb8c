// Values in classes for a legend: about as many in each, with borders that can be read.

/** `value` to `digits` significant digits. */
export const rounded = (value: number, digits = 2): number => (value === 0 ? 0 : Number(value.toPrecision(digits)));

export interface Classes {
  /** Ascending; class i holds values from borders[i] to below borders[i + 1], the last one its upper border too. */
  borders: number[];
}

export function classesOf(values: number[], wanted = 5): Classes {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const low = sorted[0], high = sorted.at(-1);
  if (low === undefined || high === undefined) return { borders: [] };
  if (low === high) return { borders: [low, high] };
  for (let digits = 2; digits <= 6; digits++) {
    const inner = Array.from({ length: wanted - 1 }, (_, i) => rounded(sorted[Math.floor(((i + 1) * sorted.length) / wanted)]!, digits));
    const borders = [low, ...new Set(inner.filter((v) => v > low && v < high)), high];
    // Enough of them, or no more to be had.
    if (borders.length === wanted + 1 || digits === 6 || new Set(sorted).size < wanted) return { borders };
  }
  return { borders: [low, high] };
}

/** As many classes of the same width, with round borders: for values that are compared over time. */
export function evenClasses(values: number[], wanted = 5): Classes {
  const low = Math.min(...values), high = Math.max(...values);
  if (!Number.isFinite(low) || low === high) return classesOf(values, wanted);
  const step = rounded((high - low) / wanted, 1) || 1, first = Math.floor(low / step) * step;
  const inner = Array.from({ length: 2 * wanted }, (_, i) => rounded(first + (i + 1) * step, 6)).filter((v) => v > low && v < high);
  return { borders: [low, ...inner, high] };
}

export const classCount = ({ borders }: Classes): number => Math.max(borders.length - 1, 0);

export function classOf({ borders }: Classes, value: number): number {
  const last = borders.length - 2;
  for (let i = last; i > 0; i--) if (value >= borders[i]!) return i;
  return 0;
}
