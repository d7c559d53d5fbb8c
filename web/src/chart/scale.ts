// Round numbers and round times for axes.
import { timeZoneOffset } from '../i18n/text';

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const steps = [second, 5 * second, 15 * second, 30 * second, minute, 5 * minute, 15 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day];
const monthSteps = [1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1200];

/** 1, 2 or 5 times a power of ten, so that about `count` of them cover `span`. */
export function niceStep(span: number, count: number): number {
  const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999) ?? 10 * power;
}

export interface Axis {
  low: number;
  high: number;
  ticks: number[];
  digits: number;
}

/** An axis of round numbers around all of `low` to `high`. */
export function valueAxis(low: number, high: number, count: number): Axis {
  if (low === high) {
    const room = Math.abs(low) * 0.05 || 1;
    [low, high] = [low - room, high + room];
  }
  const step = niceStep(high - low, count), first = Math.floor(low / step + 1e-9), last = Math.ceil(high / step - 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)));
  return { low: first * step, high: last * step, ticks, digits };
}

export interface TimeTick {
  t: number;
  format: Intl.DateTimeFormatOptions;
}

/** Round times of the region between `from` and `to`, about `count`, and how each is written: a time says its day where it begins to be another. */
export function timeTicks(from: number, to: number, count: number): TimeTick[] {
  const rough = (to - from) / count, step = steps.find((s) => s >= rough), ticks: TimeTick[] = [];
  if (step) {
    let before = NaN;
    for (let t = Math.ceil((from + timeZoneOffset) / step) * step - timeZoneOffset; t <= to; t += step) {
      const today = Math.floor((t + timeZoneOffset) / day), day_: Intl.DateTimeFormatOptions = { month: 'numeric', day: 'numeric' };
      const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', ...(step < minute && { second: '2-digit' }) };
      ticks.push({ t, format: step >= day ? day_ : today === before ? time : { ...day_, ...time } });
      before = today;
    }
    return ticks;
  }
  const months = monthSteps.find((m) => m * 30.4 * day >= rough) ?? 6000;
  const begin = new Date(from + timeZoneOffset);
  for (let month = Math.floor((begin.getUTCFullYear() * 12 + begin.getUTCMonth()) / months) * months; ; month += months) {
    const t = Date.UTC(Math.floor(month / 12), month % 12) - timeZoneOffset;
    if (t > to) break;
    if (t >= from) ticks.push({ t, format: months < 12 ? { year: 'numeric', month: 'numeric' } : { year: 'numeric' } });
  }
  return ticks;
}
