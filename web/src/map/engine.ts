// The map on a canvas, without React: land, colours, points in clusters, names; pan and zoom by mouse, touch and keyboard.
import { type Cell, inside } from './cells';
import { type Cluster, ClusterIndex } from './cluster';
import { paint } from './paint';
import type { Palette } from './palette';
import { type Size, type Spot, type View, fit, fromScreen, toScreen, zoomed } from './projection';

export interface Land {
  cell: Cell;
  name: string;
  /** How much its name matters: the larger, the earlier it is written. */
  weight: number;
  /** Its outline, outer rings and holes alike; without it the cell is drawn. */
  rings?: Spot[][];
}
/** Is the place in the municipality? */
export const within = ({ cell, rings }: Land, spot: Spot): boolean => (rings ?? [cell.ring]).reduce((odd, ring) => odd !== inside(ring, spot), false);

export interface Mark {
  id: string;
  name: string;
  at: Spot;
  layer: number;
}
/** Ground of a colour, over the land and under the marks. */
export interface Area {
  rings: Spot[][];
  colour: string;
}
export interface Picture {
  land: Land[];
  areas?: Area[];
  marks: Mark[];
  /** Colour of a municipality by id; the others are plain land. */
  fill: Map<string, string>;
  chosen: string | null;
}
export interface Handlers {
  /** One thing, or several at the same place. */
  choose(ids: string[]): void;
  hover(text: string, at: Spot | null): void;
  count(n: number): string;
}

const limits: [number, number] = [0.4, 20000];

export class MapEngine {
  view: View = { x: 0, y: 0, scale: 1 };
  size: Size = { width: 0, height: 0 };
  index = ClusterIndex.of([]);
  shown: Cluster[] = [];
  private home: View | null = null;
  private frame = 0;
  private moved = 0;
  private readonly stop = new AbortController();
  private readonly resize: ResizeObserver;

  constructor(
    readonly canvas: HTMLCanvasElement,
    public picture: Picture,
    public palette: Palette,
    private readonly handlers: Handlers,
  ) {
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(canvas);
    this.measure();
    this.listen();
  }
  destroy(): void {
    this.stop.abort();
    this.resize.disconnect();
    cancelAnimationFrame(this.frame);
  }

  set(part: Partial<Picture>, palette = this.palette): void {
    this.picture = { ...this.picture, ...part };
    this.palette = palette;
    if (part.marks) this.index = ClusterIndex.of(part.marks);
    // Outlines reach farther than offices: who has not moved the map sees all of them.
    if (!this.home || (part.land && this.untouched())) this.showAll();
    this.draw();
  }
  /** Everything, or these spots. */
  showAll(spots?: Spot[]): void {
    if (!this.size.width) return;
    const all = spots ?? this.everything();
    const view = fit(all, this.size, this.picture.land.some((l) => l.rings) ? 12 : undefined);
    if (!view) return;
    if (!spots) this.home = view;
    this.view = { ...view, scale: Math.min(view.scale, 60) };
    this.draw();
  }
  private untouched(): boolean {
    return this.view.x === this.home?.x && this.view.y === this.home.y;
  }
  private everything(): Spot[] {
    const { land, marks } = this.picture;
    if (!land.length) return marks.map((m) => m.at);
    // On a narrow screen the Northern Territories would make everything else small.
    const shown = this.size.width < 600 ? land.filter((l) => l.weight >= 0) : land;
    return shown.flatMap((l) => (l.rings ? l.cell.ring : [l.cell.at]));
  }
  private measure(): void {
    const { width, height } = this.canvas.getBoundingClientRect();
    const first = !this.size.width;
    this.size = { width, height };
    if (first || !this.home) this.showAll();
    this.draw();
  }

  zoom(factor: number, at: Spot = [this.size.width / 2, this.size.height / 2]): void {
    this.view = zoomed(this.view, this.size, factor, at, limits);
    this.draw();
  }
  pan(dx: number, dy: number): void {
    this.view = { ...this.view, x: this.view.x - dx / this.view.scale, y: this.view.y - dy / this.view.scale };
    this.draw();
  }
  reset(): void {
    this.showAll();
  }

  draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paintNow());
  }
  /** Paints at once; for measuring. */
  paintNow(): void {
    if (!this.size.width) return;
    const [west, north] = fromScreen(this.view, this.size, [0, 0]), [east, south] = fromScreen(this.view, this.size, [this.size.width, this.size.height]);
    this.shown = this.index.visible(west, north, east, south, this.view.scale);
    paint(this, this.handlers.count);
  }

  private hit([x, y]: Spot): { ids: string[]; text: string } | null {
    let best: Cluster | null = null, nearest = 14;
    for (const cluster of this.shown) {
      const [cx, cy] = toScreen(this.view, this.size, [cluster.x, cluster.y]);
      const d = Math.hypot(cx - x, cy - y) - (cluster.count > 1 ? 12 : 0);
      if (d < nearest) [best, nearest] = [cluster, d];
    }
    const { marks } = this.picture;
    if (best?.count === 1) return { ids: [marks[best.first]!.id], text: marks[best.first]!.name };
    if (best) return { ids: this.index.members(best, this.view.scale).map((i) => marks[i]!.id), text: this.handlers.count(best.count) };
    const spot = fromScreen(this.view, this.size, [x, y]);
    const land = this.picture.land.find((l) => Math.abs(l.cell.at[0] - spot[0]) <= l.cell.radius && Math.abs(l.cell.at[1] - spot[1]) <= l.cell.radius && within(l, spot));
    return land ? { ids: [land.cell.id], text: land.name } : null;
  }
  private click(at: Spot): void {
    const found = this.hit(at);
    if (!found) return;
    // A cluster that can still be opened is; what lies at one place is a list.
    if (found.ids.length > 1 && this.view.scale < 2 ** 10) {
      const inIt = new Set(found.ids), spots = this.picture.marks.filter((m) => inIt.has(m.id)).map((m) => m.at);
      const view = fit(spots, this.size, 60);
      if (view && Math.max(...spots.map((s) => Math.hypot(s[0] - spots[0]![0], s[1] - spots[0]![1]))) > 0.01) {
        this.view = { ...view, scale: Math.min(Math.max(view.scale, this.view.scale * 1.8), 2 ** 11) };
        return this.draw();
      }
    }
    this.handlers.choose(found.ids);
  }

  private listen(): void {
    const { canvas } = this, signal = this.stop.signal, pointers = new Map<number, Spot>();
    const place = (e: { clientX: number; clientY: number }): Spot => {
      const box = canvas.getBoundingClientRect();
      return [e.clientX - box.left, e.clientY - box.top];
    };
    canvas.addEventListener('wheel', (e) => {
      if (!e.ctrlKey && document.activeElement !== canvas) return; // the page scrolls
      e.preventDefault();
      this.zoom(e.deltaY < 0 ? 1.25 : 0.8, place(e));
    }, { passive: false, signal });
    canvas.addEventListener('pointerdown', (e) => {
      pointers.set(e.pointerId, place(e));
      this.moved = 0;
      canvas.setPointerCapture(e.pointerId);
    }, { signal });
    canvas.addEventListener('pointermove', (e) => {
      const [x, y] = place(e), before = pointers.get(e.pointerId);
      if (!before) {
        const found = this.hit([x, y]);
        canvas.style.cursor = found ? 'pointer' : 'grab';
        return this.handlers.hover(found?.text ?? '', found ? [x, y] : null);
      }
      const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
      if (other) {
        const wide = Math.hypot(x - other[0], y - other[1]), was = Math.max(Math.hypot(before[0] - other[0], before[1] - other[1]), 1);
        this.zoom(wide / was, [(x + other[0]) / 2, (y + other[1]) / 2]);
        this.moved += 10;
      } else {
        this.moved += Math.abs(x - before[0]) + Math.abs(y - before[1]);
        if (this.moved > 4) this.handlers.hover('', null);
        this.pan(x - before[0], y - before[1]);
      }
      pointers.set(e.pointerId, [x, y]);
    }, { signal });
    const end = (e: PointerEvent) => {
      if (pointers.delete(e.pointerId) && e.type === 'pointerup' && this.moved < 6) this.click(place(e));
      if (e.type === 'pointerleave') this.handlers.hover('', null);
    };
    canvas.addEventListener('pointerup', end, { signal });
    canvas.addEventListener('pointercancel', end, { signal });
    canvas.addEventListener('pointerleave', end, { signal });
    canvas.addEventListener('keydown', (e) => {
      const step = 60;
      const act: Record<string, () => void> = {
        ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0), ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
        '+': () => this.zoom(1.4), ';': () => this.zoom(1.4), '-': () => this.zoom(1 / 1.4), '0': () => this.reset(),
        Enter: () => this.click([this.size.width / 2, this.size.height / 2]),
      };
      const wanted = e.ctrlKey || e.metaKey || e.altKey ? undefined : act[e.key];
      if (!wanted) return;
      e.preventDefault();
      wanted();
    }, { signal });
  }
}
