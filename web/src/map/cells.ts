// The land without outlines: around each office a disc as large as the municipality, cut where a neighbour is nearer in proportion to
// its size (a power diagram). Honest about area and neighbourhood, not about coasts.
import type { Spot } from './projection';

export interface Seat {
  id: string;
  at: Spot;
  /** Of the disc with the area of the municipality, km. */
  radius: number;
}
export interface Cell {
  id: string;
  at: Spot;
  /** Of the disc it is cut from, km. */
  radius: number;
  ring: Spot[];
}

const corners = 64;
const growth = 1.45; // offices are seldom in the middle: a little more than the area closes most gaps

/** The part of `ring` where a·x + b·y ≤ c. */
function cut(ring: Spot[], a: number, b: number, c: number): Spot[] {
  const kept: Spot[] = [];
  ring.forEach((p, i) => {
    const q = ring[(i + 1) % ring.length]!;
    const here = a * p[0] + b * p[1] - c, there = a * q[0] + b * q[1] - c;
    if (here <= 0) kept.push(p);
    if (here < 0 !== there < 0 && here !== there) {
      const f = here / (here - there);
      kept.push([p[0] + f * (q[0] - p[0]), p[1] + f * (q[1] - p[1])]);
    }
  });
  return kept;
}

export function cells(seats: Seat[]): Cell[] {
  return seats.map((seat) => {
    const r = seat.radius * growth, [x, y] = seat.at;
    let ring: Spot[] = Array.from({ length: corners }, (_, i) => {
      const angle = (2 * Math.PI * i) / corners;
      return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
    });
    for (const other of seats) {
      if (other === seat) continue;
      const dx = other.at[0] - x, dy = other.at[1] - y, far = Math.hypot(dx, dy), s = other.radius * growth;
      if (far === 0 || far > r + s) continue;
      // Where the powers are equal, but never behind either office: each keeps its own.
      const along = Math.min(Math.max((far * far + r * r - s * s) / (2 * far), far * 0.15), far * 0.85);
      const a = dx / far, b = dy / far;
      ring = cut(ring, a, b, a * x + b * y + along);
    }
    return { id: seat.id, at: seat.at, radius: r, ring };
  });
}

export function inside(ring: Spot[], [x, y]: Spot): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i]!, [bx, by] = ring[j]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}
