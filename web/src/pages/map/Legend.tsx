import { type Classes, classCount } from '../../map/classes';
import { type Palette, rampOf } from '../../map/palette';
import { number } from '../../i18n/text';
import { Text } from '../../i18n/Text';

const tidy = (v: number) => number(v, Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 1 ? 2 : 4);

/** What each colour means; `title` says what is shown and in which unit. */
export function Legend({ title, classes, palette, lacking }: { title: string; classes: Classes; palette: Palette; lacking: number }) {
  const ramp = rampOf(palette, classCount(classes)), { borders } = classes;
  return (
    <div className="legend">
      <p><strong>{title}</strong></p>
      <ul>
        {ramp.map((colour, i) => borders.length > 1 && <li key={i}><Swatch colour={colour} /> {tidy(borders[i]!)} – {tidy(borders[i + 1]!)}</li>)}
        {lacking > 0 && <li><Swatch colour={palette.land} /> <Text k="map.lacking" values={{ n: lacking }} /></li>}
      </ul>
    </div>
  );
}

export function Swatch({ colour, layer }: { colour: string; layer?: number }) {
  return (
    <svg className="swatch" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      {layer === undefined ? <rect x="1" y="1" width="20" height="20" rx="3" fill={colour} stroke="currentColor" strokeOpacity="0.4" /> : layer % 3 === 1 ? <rect x="3" y="3" width="16" height="16" fill={colour} /> : layer % 3 === 2 ? <path d="M11 2 20 19H2Z" fill={colour} /> : <circle cx="11" cy="11" r="9" fill={colour} />}
    </svg>
  );
}
