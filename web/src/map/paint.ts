// One picture of the map.
import type { Land, MapEngine } from './engine';
import { realKilometres, toScreen } from './projection';

const font = (weight: number, size: number) => `${weight} ${size}px "Portal", "Portal More", "BIZ UDPGothic", "Noto Sans JP", "Noto Sans CJK JP", sans-serif`;
type Box = [number, number, number, number];
const widths = new Map<string, number>(); // measuring is slow
function widthOf(g: CanvasRenderingContext2D, text: string): number {
  const key = g.font + text;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 20_000) widths.clear();
    widths.set(key, (width = g.measureText(text).width));
  }
  return width;
}
const overlaps = (a: Box, b: Box) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

export function paint(map: MapEngine, countText: (n: number) => string): void {
  const { canvas, size, palette } = map, ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const g = canvas.getContext('2d');
  if (!g) return;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.fillStyle = palette.sea;
  g.fillRect(0, 0, size.width, size.height);
  g.lineJoin = 'round';
  g.textAlign = 'center';
  paintLand(map, g);
  paintAreas(map, g);
  const taken: Box[] = [];
  paintMarks(map, g, taken, countText);
  paintNames(map, g, taken);
  paintScale(map, g);
}

const drawn = new WeakMap<Land, Path2D>(); // in kilometres

/** The land as a path, and the canvas so that its kilometres fall where they belong; `wide` pixels are what to draw lines with. */
function onLand(map: MapEngine, g: CanvasRenderingContext2D, draw: (path: (land: Land) => Path2D, pixel: number) => void): void {
  const { view, size } = map;
  const pathOf = (land: Land): Path2D => {
    let made = drawn.get(land);
    if (!made) {
      made = new Path2D();
      for (const ring of land.rings ?? [land.cell.ring]) {
        ring.forEach(([x, y], i) => (i ? made!.lineTo(x, y) : made!.moveTo(x, y)));
        made.closePath();
      }
      drawn.set(land, made);
    }
    return made;
  };
  g.save();
  g.translate(size.width / 2, size.height / 2);
  g.scale(view.scale, view.scale);
  g.translate(-view.x, -view.y);
  draw(pathOf, 1 / view.scale);
  g.restore();
}

function paintLand(map: MapEngine, g: CanvasRenderingContext2D): void {
  const { picture, palette } = map;
  const seen = picture.land.filter(({ cell }) => {
    const [x, y] = toScreen(map.view, map.size, cell.at), reach = cell.radius * map.view.scale + 2;
    return x > -reach && y > -reach && x < map.size.width + reach && y < map.size.height + reach;
  });
  for (const grow of [1, 0]) { // what lies between the cells of the schematic is land too, of the one whose disc it is in
    for (const { cell, rings } of seen) {
      if (rings) continue;
      g.fillStyle = grow ? palette.border : picture.fill.get(cell.id) ?? palette.land;
      g.beginPath();
      g.arc(...toScreen(map.view, map.size, cell.at), cell.radius * map.view.scale + grow, 0, 7);
      g.fill();
    }
  }
  onLand(map, g, (pathOf, pixel) => {
    for (const land of seen) {
      g.fillStyle = picture.fill.get(land.cell.id) ?? palette.land;
      g.fill(pathOf(land), 'evenodd');
    }
    g.lineWidth = pixel;
    g.strokeStyle = palette.border;
    for (const land of seen) g.stroke(pathOf(land));
    const chosen = picture.land.find((l) => l.cell.id === picture.chosen);
    if (!chosen) return;
    for (const [wide, colour] of [[5, palette.halo], [3, palette.chosen]] as const) {
      g.lineWidth = wide * pixel;
      g.strokeStyle = colour;
      g.stroke(pathOf(chosen));
    }
  });
}

/** Those of a colour are one shape: where two overlap it is no darker. */
function paintAreas(map: MapEngine, g: CanvasRenderingContext2D): void {
  const byColour = new Map<string, Path2D>();
  for (const { rings, colour } of map.picture.areas ?? []) {
    const path = byColour.get(colour) ?? new Path2D();
    byColour.set(colour, path);
    for (const ring of rings) {
      ring.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
      path.closePath();
    }
  }
  onLand(map, g, (_, pixel) => {
    g.lineWidth = 1.5 * pixel;
    for (const [colour, path] of byColour) {
      g.fillStyle = g.strokeStyle = colour;
      g.globalAlpha = 0.3;
      g.fill(path);
      g.globalAlpha = 0.8;
      g.stroke(path);
    }
    g.globalAlpha = 1;
  });
}

/** Layers differ in form too, not only in colour. */
function form(g: CanvasRenderingContext2D, layer: number, x: number, y: number, r: number): void {
  g.beginPath();
  if (layer % 3 === 1) g.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else if (layer % 3 === 2) {
    g.moveTo(x, y - r * 1.25);
    g.lineTo(x + r * 1.15, y + r * 0.85);
    g.lineTo(x - r * 1.15, y + r * 0.85);
    g.closePath();
  } else g.arc(x, y, r, 0, 7);
}

function paintMarks(map: MapEngine, g: CanvasRenderingContext2D, taken: Box[], countText: (n: number) => string): void {
  const { picture, palette, view, size } = map;
  for (const cluster of map.shown) {
    const [x, y] = toScreen(view, size, [cluster.x, cluster.y]);
    if (x < -30 || y < -30 || x > size.width + 30 || y > size.height + 30) continue;
    const single = cluster.count === 1, r = single ? 7 : Math.min(13 + 3.2 * Math.log10(cluster.count) ** 1.3, 24);
    const chosen = single && picture.marks[cluster.first]?.id === picture.chosen;
    form(g, cluster.layer, x, y, chosen ? r + 3 : r);
    g.fillStyle = chosen ? palette.chosen : cluster.layer < 0 ? palette.mixed : palette.layers[cluster.layer % palette.layers.length]!;
    g.fill();
    g.lineWidth = 2;
    g.strokeStyle = palette.halo;
    g.stroke();
    taken.push([x - r, y - r, x + r, y + r]);
    if (single) continue;
    g.font = font(700, cluster.count > 999 ? 11 : 13);
    g.fillStyle = palette.onMark;
    g.fillText(countText(cluster.count), x, y + 4.5 + (cluster.layer % 3 === 2 ? 3 : 0));
  }
}

function paintNames(map: MapEngine, g: CanvasRenderingContext2D, taken: Box[]): void {
  const { picture, palette, view, size } = map;
  const write = (text: string, x: number, y: number, weight: number, points: number, most: number): boolean => {
    if (x < 0 || y < 0 || x > size.width || y > size.height || taken.length > most) return false;
    g.font = font(weight, points);
    const half = widthOf(g, text) / 2 + 4, box: Box = [x - half, y - points, x + half, y + 5];
    if (taken.some((t) => overlaps(t, box))) return false;
    taken.push(box);
    g.lineWidth = 4;
    g.strokeStyle = palette.halo;
    g.strokeText(text, x, y);
    g.fillStyle = palette.ink;
    g.fillText(text, x, y);
    return true;
  };
  for (const cluster of map.shown) {
    if (cluster.count > 1 || view.scale < 12) continue;
    const mark = picture.marks[cluster.first]!, [x, y] = toScreen(view, size, mark.at);
    write(mark.name, x, y - 12, 400, 13, 700);
  }
  let written = 0;
  for (const land of picture.land) {
    const [x, y] = toScreen(view, size, land.cell.at);
    if (write(land.name, x, y + 5, 400, 14, 900)) written++;
    if (written > 40) break;
  }
}

/** A bar of a round number of kilometres. */
function paintScale(map: MapEngine, g: CanvasRenderingContext2D): void {
  const { palette, size, view } = map, pixels = view.scale / realKilometres(view.y);
  const kilometres = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].findLast((k) => k * pixels <= 130) ?? 0.02;
  const wide = kilometres * pixels, x = 14, y = size.height - 14;
  g.font = font(400, 13);
  g.textAlign = 'left';
  const text = kilometres < 1 ? `${kilometres * 1000} m` : `${kilometres} km`;
  for (const [line, colour] of [[5, palette.halo], [2, palette.ink]] as const) {
    g.lineWidth = line;
    g.strokeStyle = colour;
    g.beginPath();
    g.moveTo(x, y - 6);
    g.lineTo(x, y);
    g.lineTo(x + wide, y);
    g.lineTo(x + wide, y - 6);
    g.stroke();
  }
  g.lineWidth = 4;
  g.strokeStyle = palette.halo;
  g.strokeText(text, x + 5, y - 5);
  g.fillStyle = palette.ink;
  g.fillText(text, x + 5, y - 5);
}
