// The map as a component: a canvas with its buttons.
import { useEffect, useRef, useState } from 'react';
import { isDark, useSettings } from '../app/settings';
import { number, t } from '../i18n/text';
import { type Area, type Land, MapEngine, type Mark } from './engine';
import { dark, light, type Palette } from './palette';
import type { Spot } from './projection';

/** The palette of the theme in effect; follows the system's. */
export function usePalette(): Palette {
  const { theme } = useSettings(), [, again] = useState(0);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)'), listen = () => again((n) => n + 1);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  return isDark(theme) ? dark : light;
}

const noFill = new Map<string, string>();
const noMarks: Mark[] = [];
const noAreas: Area[] = [];

interface Props {
  land: Land[];
  marks?: Mark[];
  areas?: Area[];
  fill?: Map<string, string>;
  chosen?: string | null;
  /** What to bring into view, when it changes; undefined: everything. */
  focus?: Spot[];
  label: string;
  onChoose: (ids: string[]) => void;
}

export function MapView({ land, marks = noMarks, areas = noAreas, fill = noFill, chosen = null, focus, label, onChoose }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null), engine = useRef<MapEngine>(undefined);
  const palette = usePalette(), [tip, setTip] = useState<{ text: string; at: Spot } | null>(null);
  const choose = useRef(onChoose);
  choose.current = onChoose;
  useEffect(() => {
    const made = new MapEngine(canvas.current!, { land: [], marks: [], fill: noFill, chosen: null }, light, {
      choose: (ids) => choose.current(ids),
      hover: (text, at) => setTip(at && text ? { text, at } : null),
      count: (n) => number(n),
    });
    engine.current = made;
    (canvas.current as HTMLCanvasElement & { engine?: MapEngine }).engine = made; // for tests and measurements
    return () => made.destroy();
  }, []);
  useEffect(() => engine.current?.set({ land, marks, areas }), [land, marks, areas]);
  useEffect(() => engine.current?.set({ fill, chosen }, palette), [fill, chosen, palette]);
  useEffect(() => {
    if (focus?.length) engine.current?.showAll(focus);
    else engine.current?.showAll();
  }, [focus]);
  return (
    <div className="map">
      <canvas ref={canvas} tabIndex={0} role="img" aria-label={label} />
      <div className="map-buttons">
        <button type="button" aria-label={t('action.zoomIn')} title={t('action.zoomIn')} onClick={() => engine.current?.zoom(1.5)}>+</button>
        <button type="button" aria-label={t('action.zoomOut')} title={t('action.zoomOut')} onClick={() => engine.current?.zoom(1 / 1.5)}>−</button>
        <button type="button" aria-label={t('action.whole')} title={t('action.whole')} onClick={() => engine.current?.reset()}>
          <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5" fill="none" stroke="currentColor" strokeWidth="2" /></svg>
        </button>
      </div>
      {tip && <div className="map-tip" ref={(e) => { if (e) { e.style.left = `${Math.min(tip.at[0] + 14, (canvas.current?.clientWidth ?? 300) - 150)}px`; e.style.top = `${tip.at[1] + 16}px`; } }}>{tip.text}</div>}
    </div>
  );
}
