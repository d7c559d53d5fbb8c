// A line chart in SVG: a line of [time, value], a band of lowest and highest where there are periods, a reading under the pointer or the arrow keys.
import { fmt, language } from '/text.js';

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const steps = [second, 5 * second, 15 * second, 30 * second, minute, 5 * minute, 15 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day];
const svgElement = (name, attributes = {}, text) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text != null) element.textContent = text;
  return element;
};
const locale = () => (language === 'ja' ? 'ja-JP' : 'en-GB');
export const timeText = (t) => new Date(t).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium' });

/// 1, 2 or 5 times a power of ten, so that about `count` of them cover `span`.
function niceStep(span, count) {
  const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
}
/// Instants to mark between `from` and `to`, about `count`, on round local times; and how to write each.
function timeTicks(from, to, count) {
  const rough = (to - from) / count, step = steps.find((s) => s >= rough);
  const ticks = [];
  if (step) {
    const shift = new Date(from).getTimezoneOffset() * minute;
    for (let t = Math.ceil((from - shift) / step) * step + shift; t <= to; t += step) ticks.push(t);
    const date = { month: 'numeric', day: 'numeric' }, time = { hour: '2-digit', minute: '2-digit', ...(step < minute && { second: '2-digit' }) };
    // Times say their day where it begins to be another.
    return [ticks, (t, i) => (step >= day ? date : i === 0 || new Date(t).getDate() !== new Date(ticks[i - 1]).getDate() ? { ...date, ...time } : time)];
  }
  const months = [1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1200].find((m) => m * 30.4 * day >= rough) ?? 6000;
  const at = new Date(from);
  at.setDate(1); at.setHours(0, 0, 0, 0); at.setMonth(Math.floor((at.getFullYear() * 12 + at.getMonth()) / months) * months - at.getFullYear() * 12);
  for (; at.getTime() <= to; at.setMonth(at.getMonth() + months)) if (at.getTime() >= from) ticks.push(at.getTime());
  return [ticks, () => (months < 12 ? { year: 'numeric', month: 'numeric' } : { year: 'numeric' })];
}

export class LineChart {
  /// `say(text)` is told what is under the pointer or the keys.
  constructor(box, say) {
    this.box = box; this.say = say; this.points = []; this.at = null; this.unit = ''; this.waiting = false;
    this.svg = svgElement('svg', { 'aria-hidden': 'true' });
    box.append(this.svg);
    new ResizeObserver(() => this.draw()).observe(box);
    box.addEventListener('pointermove', (e) => this.point(e));
    box.addEventListener('pointerdown', (e) => this.point(e));
    box.addEventListener('pointerleave', () => this.choose(null));
    box.addEventListener('blur', () => this.choose(null));
    box.addEventListener('keydown', (e) => this.key(e));
  }
  /// points: [{ t, v, low?, high? }] in the order of time.
  set(points, unit) { this.points = points; this.unit = unit; this.at = null; this.draw(); }
  /// After points were added.
  changed() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.draw(); });
  }
  textOf(p) { return `${timeText(p.t)}　${fmt(p.v)}${this.unit && ` ${this.unit}`}${p.low === undefined ? '' : `（${fmt(p.low)} – ${fmt(p.high)}）`}`; }
  choose(i) {
    this.at = i;
    if (i != null) this.say(this.textOf(this.points[i]));
    this.draw();
  }
  point(e) {
    if (!this.points.length || !this.x) return;
    const x = e.clientX - this.svg.getBoundingClientRect().left;
    let best = 0;
    for (let i = 1; i < this.points.length; i++) if (Math.abs(this.x(this.points[i].t) - x) <= Math.abs(this.x(this.points[best].t) - x)) best = i;
    this.choose(best);
  }
  key(e) {
    const last = this.points.length - 1;
    if (last < 0) return;
    const by = { ArrowLeft: (i) => i - 1, ArrowRight: (i) => i + 1, PageUp: (i) => i - 10, PageDown: (i) => i + 10, Home: () => 0, End: () => last }[e.key];
    if (e.key === 'Escape') return this.choose(null);
    if (!by) return;
    e.preventDefault();
    this.choose(Math.min(Math.max(by(this.at ?? last + (e.key === 'ArrowLeft' ? 1 : 0)), 0), last));
  }
  draw() {
    const { width, height } = this.box.getBoundingClientRect(), points = this.points;
    this.svg.replaceChildren();
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (!points.length || width < 50) return;
    let low = Infinity, high = -Infinity;
    for (const p of points) { low = Math.min(low, p.low ?? p.v); high = Math.max(high, p.high ?? p.v); }
    if (low === high) { const room = Math.abs(low) * 0.05 || 1; low -= room; high += room; }
    const step = niceStep(high - low, Math.max(2, height / 60));
    low = Math.floor(low / step) * step; high = Math.ceil(high / step) * step;
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const labels = [];
    for (let v = low; v <= high + step / 2; v += step) labels.push([v, v.toLocaleString(locale(), { maximumFractionDigits: digits, minimumFractionDigits: digits })]);
    const left = 14 + Math.max(...labels.map(([, text]) => text.length)) * 7.6, right = 16, top = 12, bottom = 30;
    let from = points[0].t, to = points.at(-1).t;
    if (from === to) { from -= 30 * minute; to += 30 * minute; }
    const x = this.x = (t) => left + (t - from) / (to - from) * (width - left - right);
    const y = (v) => top + (high - v) / (high - low) * (height - top - bottom);
    const add = (name, attributes, text) => this.svg.appendChild(svgElement(name, attributes, text));
    for (const [v, text] of labels) {
      add('line', { class: 'grid', x1: left, x2: width - right, y1: y(v), y2: y(v) });
      add('text', { class: 'tick', x: left - 8, y: y(v) + 4, 'text-anchor': 'end' }, text);
    }
    const [ticks, style] = timeTicks(from, to, Math.max(2, (width - left - right) / 110));
    for (const [i, t] of ticks.entries()) {
      add('line', { class: 'grid', x1: x(t), x2: x(t), y1: height - bottom, y2: height - bottom + 5 });
      const text = new Date(t).toLocaleString(locale(), style(t, i)), half = text.length * 3.6;
      add('text', { class: 'tick', x: Math.min(Math.max(x(t), half + 2), width - half - 2), y: height - bottom + 20, 'text-anchor': 'middle' }, text);
    }
    if (points.some((p) => p.low !== undefined)) {
      const banded = points.filter((p) => p.low !== undefined);
      add('path', { class: 'band', d: `M${banded.map((p) => `${x(p.t)},${y(p.high)}`).join('L')}L${banded.toReversed().map((p) => `${x(p.t)},${y(p.low)}`).join('L')}Z` });
    }
    add('polyline', { class: 'curve', points: points.map((p) => `${x(p.t).toFixed(1)},${y(p.v).toFixed(1)}`).join(' ') });
    if (points.length <= 80) for (const p of points) add('circle', { class: 'dot-small', cx: x(p.t), cy: y(p.v), r: 2.5 });
    const end = points.at(-1);
    add('circle', { class: 'newest', cx: x(end.t), cy: y(end.v), r: 5 });
    const here = this.at == null ? null : points[this.at];
    if (!here) return;
    add('line', { class: 'cross', x1: x(here.t), x2: x(here.t), y1: top, y2: height - bottom });
    add('circle', { class: 'chosen-point', cx: x(here.t), cy: y(here.v), r: 6 });
    const text = this.textOf(here), wide = [...text].reduce((n, c) => n + (c > '\u2000' ? 13.5 : 7.3), 18);
    const tx = Math.min(Math.max(x(here.t) - wide / 2, 2), Math.max(2, width - wide - 2)), ty = y(here.v) > top + 44 ? y(here.v) - 40 : y(here.v) + 14;
    add('rect', { class: 'tip-box', x: tx, y: ty, width: wide, height: 26, rx: 6 });
    add('text', { class: 'tip-text', x: tx + wide / 2, y: ty + 18, 'text-anchor': 'middle' }, text);
  }
}
