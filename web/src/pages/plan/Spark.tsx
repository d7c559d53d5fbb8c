// A small line of how a value went, with the target as a dashed one. Decoration: the figures stand beside it.
import type { Figure } from '../../api/plan';

const width = 260, height = 64, room = 4;

export function Spark({ figures, target }: { figures: Figure[]; target: number | undefined }) {
  const points = figures.map((f) => ({ t: Date.parse(f.at), v: f.value }));
  if (points.length < 2) return null;
  const high = Math.max(...points.map((p) => p.v), target ?? 0) || 1, low = Math.min(0, ...points.map((p) => p.v));
  const from = points[0]!.t, span = points.at(-1)!.t - from || 1;
  const x = (t: number) => room + ((t - from) / span) * (width - 2 * room), y = (v: number) => height - room - ((v - low) / (high - low)) * (height - 2 * room);
  return (
    <svg className="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {target !== undefined && <line className="spark-goal" x1="0" x2={width} y1={y(target)} y2={y(target)} vectorEffect="non-scaling-stroke" />}
      <polyline className="curve curve-0" points={points.map((p) => `${x(p.t).toFixed(1)},${y(p.v).toFixed(1)}`).join(' ')} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
