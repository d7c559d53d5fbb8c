// Lines over time. Lines of one unit share a panel; panels share the times. Drag to look closer; the arrow keys read value after value.
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { aside, dateTime, named, number, shortNumber, t, time as timeText } from '../i18n/text';
import { Text } from '../i18n/Text';
import { type Line, nearestPoint, thinned, within } from './lines';
import { timeTicks, valueAxis } from './scale';

const panelHeight = 260, left = 76, right = 18, top = 12, bottom = 34;
export const unitText = (code: string): string => (code ? named('unit', code) : '');
export const withUnit = (value: number, unit: string): string => `${number(value, 3)}${unit ? ` ${unitText(unit)}` : ''}`;

type Span = [number, number];

function useWidth() {
  const box = useRef<HTMLDivElement>(null), [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

export function Chart({ lines, label }: { lines: Line[]; label: string }) {
  const [box, width] = useWidth();
  const [zoom, setZoom] = useState<Span | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [drag, setDrag] = useState<Span | null>(null); // pixels
  const times = useMemo(() => [...new Set(lines.flatMap((l) => l.points.map((p) => p.t)))].sort((a, b) => a - b), [lines]);
  const whole: Span = [times[0] ?? 0, times.at(-1) ?? 0];
  if (whole[0] === whole[1]) [whole[0], whole[1]] = [whole[0] - 1800e3, whole[1] + 1800e3];
  const [from, to] = zoom ?? whole;
  const plot = Math.max(width - left - right, 10);
  const x = (time: number) => left + ((time - from) / (to - from)) * plot;
  const timeAt = (pixel: number) => from + ((pixel - left) / plot) * (to - from);
  const units = [...new Set(lines.map((l) => l.unit))];

  const closer = (factor: number) => {
    const middle = at ?? (from + to) / 2, span = Math.max((to - from) / factor, 10);
    if (span >= whole[1] - whole[0]) return setZoom(null);
    const begin = Math.min(Math.max(middle - ((middle - from) / (to - from)) * span, whole[0]), whole[1] - span);
    setZoom([begin, begin + span]);
  };
  const read = (index: number) => {
    const time = times[Math.min(Math.max(index, 0), times.length - 1)];
    if (time === undefined) return;
    setAt(time);
    if (time < from || time > to) setZoom([time - (to - from) / 2, time + (to - from) / 2]);
  };
  const key = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !times.length) return;
    const here = at === null ? null : times.indexOf(nearestTime(times, at)), last = times.length - 1;
    const act: Record<string, () => void> = {
      ArrowLeft: () => read(here === null ? last : here - 1), ArrowRight: () => read(here === null ? 0 : here + 1),
      PageUp: () => read((here ?? last) - 10), PageDown: () => read((here ?? 0) + 10), Home: () => read(0), End: () => read(last),
      '+': () => closer(2), ';': () => closer(2), '-': () => closer(0.5), '0': () => setZoom(null),
    };
    const wanted = act[e.key];
    if (!wanted) return;
    e.preventDefault();
    wanted();
  };
  const pixel = (e: PointerEvent) => e.clientX - e.currentTarget.getBoundingClientRect().left;
  const move = (e: PointerEvent) => {
    const point = pixel(e);
    if (drag) setDrag([drag[0], point]);
    const visible = times.filter((time) => time >= from && time <= to);
    setAt(visible.length ? nearestTime(visible, timeAt(point)) : null);
  };
  const drop = () => {
    if (drag && Math.abs(drag[1] - drag[0]) > 8) {
      const [a, b] = drag.map(timeAt).sort((p, q) => p - q) as Span;
      setZoom([Math.max(a, whole[0]), Math.min(b, whole[1])]);
    }
    setDrag(null);
  };
  const readings = at === null ? [] : lines.flatMap((line, i) => {
    const point = nearestPoint(line.points, at);
    return point ? [{ line, i, point }] : [];
  });

  return (
    <div className="chart" ref={box}>
      {lines.length > 1 && (
        <ul className="chart-legend">
          {lines.map((line, i) => (
            <li key={i}><svg width="34" height="14" aria-hidden="true"><line className={`curve curve-${i % 6}`} x1="2" x2="32" y1="7" y2="7" /></svg>{line.name}</li>
          ))}
        </ul>
      )}
      <div className="chart-plot" tabIndex={0} role="img" aria-label={label} onKeyDown={key} onPointerDown={(e) => e.pointerType === 'mouse' && setDrag([pixel(e), pixel(e)])}
        onPointerMove={move} onPointerUp={drop} onPointerLeave={() => (setAt(null), setDrag(null))} onBlur={() => setAt(null)}>
        {width > 60 && times.length > 0 && (
          <svg width={width} height={units.length * panelHeight} aria-hidden="true">
            {units.map((unit, n) => (
              <Panel key={unit} lines={lines.map((line, i) => ({ line, i })).filter(({ line }) => line.unit === unit)} unit={unit} {...{ x, from, to, width, at }} y0={n * panelHeight} />
            ))}
            {drag && <rect className="chart-drag" x={Math.min(...drag)} width={Math.abs(drag[1] - drag[0])} y={top} height={units.length * panelHeight - top - bottom} />}
          </svg>
        )}
      </div>
      <p className="chart-reading" aria-live="polite">
        {readings.length ? readings.map(({ line, i, point }) => (
          <span key={i}>{lines.length > 1 && `${line.name} `}{dateTime(point.t)} <strong>{withUnit(point.v, line.unit)}</strong>{point.low !== undefined && aside(`${number(point.low, 3)} – ${number(point.high ?? NaN, 3)}`)}</span>
        )) : <Text k="chart.keys" />}
      </p>
      <div className="chart-buttons">
        <button type="button" className="small" onClick={() => closer(2)}><Text k="action.closer" /></button>
        <button type="button" className="small" onClick={() => closer(0.5)} disabled={!zoom}><Text k="action.farther" /></button>
        <button type="button" className="small" onClick={() => setZoom(null)} disabled={!zoom}><Text k="action.whole" /></button>
      </div>
    </div>
  );
}

const nearestTime = (times: number[], wanted: number) => times.reduce((best, time) => (Math.abs(time - wanted) < Math.abs(best - wanted) ? time : best));

interface PanelProps {
  lines: { line: Line; i: number }[];
  unit: string;
  x: (time: number) => number;
  from: number;
  to: number;
  width: number;
  y0: number;
  at: number | null;
}

function Panel({ lines, unit, x, from, to, width, y0, at }: PanelProps) {
  const shown = lines.map(({ line, i }) => ({ i, points: thinned(within(line.points, from, to), width), all: line.points }));
  const visible = shown.flatMap((s) => s.points);
  if (!visible.length) return null;
  const values = visible.flatMap((p) => [p.low ?? p.v, p.high ?? p.v]);
  const axis = valueAxis(values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b)), 4);
  const floor = y0 + panelHeight - bottom;
  const y = (v: number) => y0 + top + ((axis.high - v) / (axis.high - axis.low)) * (panelHeight - top - bottom);
  const clip = `chart-clip-${y0}`;
  return (
    <g>
      <clipPath id={clip}><rect x={left - 6} y={y0} width={width - left - right + 12} height={panelHeight - bottom + 8} /></clipPath>
      {axis.ticks.map((v) => (
        <g key={v}>
          <line className="grid" x1={left} x2={width - right} y1={y(v)} y2={y(v)} />
          <text className="tick" x={left - 10} y={y(v) + 5} textAnchor="end">{shortNumber(v, axis.digits)}</text>
        </g>
      ))}
      {unit && <text className="tick" x={left + 6} y={y0 + 12}>{unitText(unit)}</text>}
      {timeTicks(from, to, Math.max(2, (width - left - right) / 130)).map(({ t: time, format }) => (
        <text key={time} className="tick" x={Math.min(Math.max(x(time), left), width - right - 20)} y={floor + 22} textAnchor="middle">{timeText(time, format)}</text>
      ))}
      <line className="axis" x1={left} x2={width - right} y1={floor} y2={floor} />
      <g clipPath={`url(#${clip})`}>
        {shown.map(({ i, points }) => {
          const banded = points.filter((p) => p.low !== undefined);
          const place = (time: number, v: number) => `${x(time).toFixed(1)},${y(v).toFixed(1)}`;
          return (
            <g key={i}>
              {banded.length > 1 && <path className={`band band-${i % 6}`} d={`M${banded.map((p) => place(p.t, p.high!)).join('L')}L${[...banded].reverse().map((p) => place(p.t, p.low!)).join('L')}Z`} />}
              <polyline className={`curve curve-${i % 6}`} points={points.map((p) => place(p.t, p.v)).join(' ')} />
              {points.length <= 80 && points.map((p) => <circle key={p.t} className={`dot dot-${i % 6}`} cx={x(p.t)} cy={y(p.v)} r="3.5" />)}
            </g>
          );
        })}
        {at !== null && <line className="cross" x1={x(at)} x2={x(at)} y1={y0 + top} y2={floor} />}
        {at !== null && shown.map(({ i, all }) => {
          const point = nearestPoint(all, at);
          return point && <circle key={i} className={`reading dot-${i % 6}`} cx={x(point.t)} cy={y(point.v)} r="7" />;
        })}
      </g>
    </g>
  );
}

/** The newest values as a table. */
export function ValueTable({ lines, most = 100 }: { lines: Line[]; most?: number }) {
  const times = [...new Set(lines.flatMap((l) => l.points.map((p) => p.t)))].sort((a, b) => b - a), rows = times.slice(0, most);
  const values = lines.map((l) => new Map(l.points.map((p) => [p.t, p])));
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={t('chart.table')}>
      <table>
        <thead><tr><th scope="col"><Text k="time" /></th>{lines.map((l, i) => <th key={i} scope="col" className="number">{l.name}</th>)}</tr></thead>
        <tbody>
          {rows.map((time) => (
            <tr key={time}>
              <td>{dateTime(time)}</td>
              {lines.map((l, i) => {
                const point = values[i]!.get(time);
                return <td key={i} className="number">{point ? withUnit(point.v, l.unit) : ''}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {times.length > most && <p className="note"><Text k="chart.more" values={{ n: times.length - most }} /></p>}
    </div>
  );
}
