// The figures of the program (OpenMetrics), read as numbers by name.
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export function readMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) return [];
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1]!, m[2]!]));
    return [{ name: match[1]!, labels, value: Number(match[3]) }];
  });
}

export const sum = (samples: Sample[], name: string): number => samples.filter((s) => s.name === name).reduce((all, s) => all + s.value, 0);

/** The value below which the share `quantile` of a histogram's observations lies, in its unit; NaN without observations. */
export function quantile(samples: Sample[], name: string, share: number): number {
  const buckets = new Map<number, number>();
  for (const s of samples) {
    if (s.name !== `${name}_bucket`) continue;
    const edge = s.labels.le === '+Inf' ? Infinity : Number(s.labels.le);
    buckets.set(edge, (buckets.get(edge) ?? 0) + s.value);
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const wanted = (sorted.at(-1)?.[1] ?? 0) * share;
  return wanted ? sorted.find(([, n]) => n >= wanted)?.[0] ?? NaN : NaN;
}
