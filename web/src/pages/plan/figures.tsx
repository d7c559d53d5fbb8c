// How figures of a plan are written: value, what is reached, when, and where it comes from.
import { type Figure, type Indicator, type Plan, type Target, reached, said, targetOf } from '../../api/plan';
import { date, locale, number, t, time } from '../../i18n/text';
import { Text } from '../../i18n/Text';

/** With the digits of the indicator, and its unit. */
export const amount = (value: number, { digits, unit }: Indicator): string => `${value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: 6 })} ${unit}`.trim();

export const period = (plan: Plan): string => [plan.start, plan.end].map((d) => (d ? date(d) : '')).join(' – ');

/** When it was so; to the month where no more is known. */
export const asOf = (figure: Figure): string => (figure.provenance.asOf ? time(`${figure.provenance.asOf}-01T00:00:00+09:00`, { year: 'numeric', month: 'long' }) : figure.at ? date(figure.at) : '');

/** Computed or entered: never mixed up. */
export function Origin({ figure }: { figure: Figure }) {
  return <span className={figure.computed ? 'origin computed' : 'origin entered'}><Text k={figure.computed ? 'plan.computed' : 'plan.entered'} /></span>;
}

/** Where a value comes from, in words. */
export function source(figure: Figure): string {
  const { numerator, denominator, entities, source: from } = figure.provenance;
  if (!figure.computed) return said(from) || t('plan.source.none');
  if (denominator !== undefined) return t('plan.from.ratio', { a: numerator ?? 0, b: denominator, n: entities ?? 0 });
  return t('plan.from.count', { n: entities ?? 0 });
}

/** How far the target is reached: a bar and a figure; where smaller is better ー and the gap. */
export function Reached({ indicator, figure, target }: { indicator: Indicator; figure: Figure; target: Target }) {
  const share = reached(figure.value, target.value, indicator.lower);
  if (share === null) {
    const gap = Number((figure.value - target.value).toFixed(6));
    return (
      <div className="reached">
        <p><Text k="plan.reached" /> <strong><Text k="plan.dash" /></strong> <small><Text k="plan.lower" /></small></p>
        {indicator.lower && <p className={gap > 0 ? 'gap' : 'gap good'}><Text k={gap > 0 ? 'plan.gap' : 'plan.gap.none'} values={{ gap: `${number(Math.abs(gap))} ${indicator.unit}`.trim() }} /></p>}
      </div>
    );
  }
  const label = `${number(share, 1)} %`;
  return (
    <div className="reached">
      <p><Text k="plan.reached" /> <strong>{share.toFixed(1)} %</strong></p>
      <svg className="reached-bar" viewBox="0 0 130 10" preserveAspectRatio="none" role="img" aria-label={label}>
        <rect className="reached-all" x="0" y="0" width="130" height="10" />
        <rect className={share >= 100 ? 'reached-part full' : 'reached-part'} x="0" y="0" width={Math.max(0, Math.min(share, 130))} height="10" />
        <line x1="100" x2="100" y1="0" y2="10" />
      </svg>
    </div>
  );
}

export function TargetText({ indicator, plan }: { indicator: Indicator; plan: Plan }) {
  const target = targetOf(indicator, plan.id);
  if (!target) return <Text k="plan.target.none" />;
  const more = [target.note, target.due && t('plan.until', { date: date(target.due) })].filter(Boolean).join(t('separator'));
  return <>{amount(target.value, indicator)}{more && t('aside', { text: more })}</>;
}
