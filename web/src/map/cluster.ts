// Many points, few symbols: at each zoom level points that share a square of the screen are one cluster. Levels are made when they are
// first looked at (100,000 points: some tens of milliseconds) and then only looked up, so that moving the map costs what is visible.
import type { Spot } from './projection';

export interface Cluster {
  x: number;
  y: number;
  count: number;
  /** Index of a point in it: the point, when count is 1. */
  first: number;
  /** Of all its points, or -1 when they are of several. */
  layer: number;
}

const squarePixels = 54;
const tileSquares = 6;
const symbolPixels = 40;
/** Levels are powers of two of pixels per km; beyond the last only points at the same place stay together. */
const lastLevel = 11;

export const levelOf = (scale: number): number => Math.min(Math.max(Math.round(Math.log2(scale)), -5), lastLevel);

export class ClusterIndex {
  private levels = new Map<number, Map<number, Cluster[]>>();

  constructor(
    private readonly xs: Float64Array,
    private readonly ys: Float64Array,
    private readonly layers: Uint8Array,
  ) {}

  static of(points: { at: Spot; layer: number }[]): ClusterIndex {
    return new ClusterIndex(Float64Array.from(points, (p) => p.at[0]), Float64Array.from(points, (p) => p.at[1]), Uint8Array.from(points, (p) => p.layer));
  }

  private square(level: number): number {
    return level >= lastLevel ? 0.001 : squarePixels / 2 ** level;
  }
  private tile(level: number): number {
    return (tileSquares * squarePixels) / 2 ** level;
  }
  private static key = (column: number, row: number) => (column + 0x200000) * 0x400000 + (row + 0x200000);

  private make(level: number): Map<number, Cluster[]> {
    const size = this.square(level), found = new Map<number, Cluster>();
    for (let i = 0; i < this.xs.length; i++) {
      const x = this.xs[i]!, y = this.ys[i]!, key = ClusterIndex.key(Math.floor(x / size), Math.floor(y / size));
      const cluster = found.get(key);
      if (!cluster) {
        found.set(key, { x, y, count: 1, first: i, layer: this.layers[i]! });
        continue;
      }
      cluster.count++;
      cluster.x += (x - cluster.x) / cluster.count;
      cluster.y += (y - cluster.y) / cluster.count;
      if (cluster.layer !== this.layers[i]) cluster.layer = -1;
    }
    const tiles = new Map<number, Cluster[]>(), edge = this.tile(level);
    for (const cluster of found.values()) {
      const key = ClusterIndex.key(Math.floor(cluster.x / edge), Math.floor(cluster.y / edge)), tile = tiles.get(key);
      if (tile) tile.push(cluster);
      else tiles.set(key, [cluster]);
    }
    return tiles;
  }

  /** Clusters in a rectangle (km) at a scale (pixels per km), with some around it. */
  visible(west: number, north: number, east: number, south: number, scale: number): Cluster[] {
    const level = levelOf(scale), edge = this.tile(level);
    let tiles = this.levels.get(level);
    if (!tiles) this.levels.set(level, (tiles = this.make(level)));
    const shown: Cluster[] = [], room = symbolPixels / 2 ** level, [w, e, n, s] = [west - room, east + room, north - room, south + room].map((v) => Math.floor(v / edge)) as [number, number, number, number];
    if ((e - w + 1) * (s - n + 1) > tiles.size) for (const tile of tiles.values()) shown.push(...tile);
    else {
      for (let column = w; column <= e; column++) {
        for (let row = n; row <= s; row++) shown.push(...(tiles.get(ClusterIndex.key(column, row)) ?? []));
      }
    }
    return shown;
  }

  /** Indexes of the points of a cluster at a scale. */
  members(cluster: Cluster, scale: number): number[] {
    const size = this.square(levelOf(scale)), column = Math.floor(this.xs[cluster.first]! / size), row = Math.floor(this.ys[cluster.first]! / size);
    const found: number[] = [];
    for (let i = 0; i < this.xs.length; i++) if (Math.floor(this.xs[i]! / size) === column && Math.floor(this.ys[i]! / size) === row) found.push(i);
    return found;
  }
}
