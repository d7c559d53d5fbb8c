import { useEffect, useState } from 'react';
import { date, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';

/** One of the times at which something changed; plays them one after the other. */
export function TimeSlider({ times, at, onChange }: { times: number[]; at: number; onChange: (at: number) => void }) {
  const [playing, setPlaying] = useState(false), index = Math.max(times.indexOf(at), 0);
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => (index + 1 < times.length ? onChange(times[index + 1]!) : setPlaying(false)), 600);
    return () => clearTimeout(timer);
  }, [playing, index, times, onChange]);
  return (
    <div className="time-slider">
      <button type="button" onClick={() => { if (!playing && index === times.length - 1) onChange(times[0]!); setPlaying(!playing); }}><Text k={playing ? 'action.pause' : 'action.play'} /></button>
      <label><span className="hidden-text">{t('map.time')}</span><input type="range" min={0} max={times.length - 1} value={index} aria-valuetext={date(at)} onChange={(e) => { setPlaying(false); onChange(times[Number(e.target.value)]!); }} /></label>
      <output>{date(at)}</output>
    </div>
  );
}
