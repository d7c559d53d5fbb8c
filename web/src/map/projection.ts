// Places on a plane: Mercator, in kilometres at the latitude of the middle of Hokkaido. Shapes keep their form at every zoom.
import type { Position } from '../api/entity';

const middle: Position = [142.9, 43.4];
const radians = Math.PI / 180;
const earth = 6371.0088 * Math.cos(middle[1] * radians);
const mercator = (latitude: number) => Math.log(Math.tan(Math.PI / 4 + (latitude * radians) / 2));
const middleY = mercator(middle[1]);

export type Spot = [number, number]; // km to the east and to the south of the middle

export const project = ([lon, lat]: Position): Spot => [earth * (lon - middle[0]) * radians, -earth * (mercator(Math.max(-85, Math.min(85, lat))) - middleY)];

export const unproject = ([x, y]: Spot): Position => [middle[0] + x / earth / radians, (2 * Math.atan(Math.exp(middleY - y / earth)) - Math.PI / 2) / radians];

/** Real kilometres of one kilometre of the plane at height y: more in the south, less in the north. */
export const realKilometres = (y: number): number => Math.cos(unproject([0, y])[1] * radians) / Math.cos(middle[1] * radians);

/** What is on the screen: the spot in the middle, and pixels per kilometre. */
export interface View {
  x: number;
  y: number;
  scale: number;
}
export interface Size {
  width: number;
  height: number;
}

export const toScreen = (view: View, size: Size, [x, y]: Spot): Spot => [size.width / 2 + (x - view.x) * view.scale, size.height / 2 + (y - view.y) * view.scale];
export const fromScreen = (view: View, size: Size, [x, y]: Spot): Spot => [view.x + (x - size.width / 2) / view.scale, view.y + (y - size.height / 2) / view.scale];

/** The view that shows all spots, with room around them. */
export function fit(spots: Spot[], size: Size, room = 36): View | null {
  let west = Infinity, east = -Infinity, north = Infinity, south = -Infinity;
  for (const [x, y] of spots) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    north = Math.min(north, y);
    south = Math.max(south, y);
  }
  if (west > east) return null;
  const scale = Math.min((size.width - 2 * room) / Math.max(east - west, 1), (size.height - 2 * room) / Math.max(south - north, 1));
  return { x: (west + east) / 2, y: (north + south) / 2, scale: Math.max(scale, 0.05) };
}

/** The view after zooming by `factor` around a spot of the screen, which stays where it is. */
export function zoomed(view: View, size: Size, factor: number, at: Spot, limits: [number, number]): View {
  const scale = Math.min(Math.max(view.scale * factor, limits[0]), limits[1]);
  const [x, y] = fromScreen(view, size, at);
  return { x: x - (at[0] - size.width / 2) / scale, y: y - (at[1] - size.height / 2) / scale, scale };
}
