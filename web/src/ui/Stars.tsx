// How good open data is: five stars, and what they are made of.
import './quality.css';
import type { Quality } from '../api/datasets';
import { number, t } from '../i18n/text';
import { Text } from '../i18n/Text';

const five = [1, 2, 3, 4, 5] as const;

export function Stars({ quality }: { quality: Pick<Quality, 'stars'> & Partial<Quality> }) {
  const stars = Math.round(quality.stars);
  return (
    <span className="stars">
      <span role="img" aria-label={t('stars.label', { n: stars })}>{five.map((n) => <svg key={n} className={n <= stars ? 'on' : undefined} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="m10 1.6 2.6 5.5 6 .8-4.4 4.2 1.1 6-5.3-2.9-5.3 2.9 1.1-6L1.4 7.9l6-.8z" /></svg>)}</span>
      {quality.score !== undefined && <span className="nowrap"><Text k="score" values={{ n: Math.round(quality.score) }} /></span>}
    </span>
  );
}

const shares = ['completeness', 'freshness', 'validity'] as const;

/** Each part of the score as a bar with what it means. */
export function QualityBars({ quality }: { quality: Partial<Quality> }) {
  return (
    <ul className="bars quality-bars">
      {shares.map((name) => ({ name, share: quality[name] })).filter((s): s is { name: (typeof shares)[number]; share: number } => typeof s.share === 'number').map(({ name, share }) => (
        <li key={name}>
          <span><strong><Text k={`quality.${name}`} /></strong><small className="block"><Text k={`quality.${name}.means`} /></small></span>
          <meter min={0} max={1} value={share} aria-label={t(`quality.${name}`)} />
          <span className="side nowrap">{number(Math.floor(share * 100))} %</span>
        </li>
      ))}
    </ul>
  );
}

/** The five stars one by one: which are there, and what would give the next. */
export function StarSteps({ stars }: { stars: number }) {
  return (
    <ol className="star-steps">
      {five.map((n) => <li key={n} className={n <= stars ? 'on' : undefined}><span className="hidden-text">{t(n <= stars ? 'stars.has' : 'stars.lacks')}</span><Text k={`stars.${n}`} /></li>)}
    </ol>
  );
}
