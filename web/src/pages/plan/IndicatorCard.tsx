import { type Indicator, type Plan, history, targetOf } from '../../api/plan';
import { useAnswer } from '../../api/useAnswer';
import { Link, address } from '../../app/route';
import { Text } from '../../i18n/Text';
import { Origin, Reached, TargetText, amount, asOf, source } from './figures';
import { Spark } from './Spark';

export const indicatorAddress = (indicator: Indicator, plan?: Plan): string => address(`/plan/${indicator.key}`, { plan: plan?.key });

export function IndicatorCard({ indicator, plan }: { indicator: Indicator; plan: Plan }) {
  const { shown, computed, entered } = indicator, target = targetOf(indicator, plan.id);
  const past = useAnswer(shown ? `${indicator.id} ${shown.at}` : null, (signal) => history(indicator.id, signal).catch(() => []));
  return (
    <article className="card indicator">
      <h4><Link to={indicatorAddress(indicator, plan)}>{indicator.name}</Link></h4>
      {!shown ? <p><Text k="plan.none" /></p> : (
        <>
          <p className="indicator-value"><strong>{amount(shown.value, indicator)}</strong> <Origin figure={shown} /></p>
          <p className="note">{asOf(shown)} <span className="block">{source(shown)}</span></p>
        </>
      )}
      <p><Text k="plan.target" /> <TargetText indicator={indicator} plan={plan} /></p>
      {shown && target && <Reached indicator={indicator} figure={shown} target={target} />}
      {shown && <Spark figures={(past.data ?? []).filter((f) => f.computed === shown.computed)} target={target?.value} />}
      {computed && entered && <p className="note also"><Origin figure={entered} /> {amount(entered.value, indicator)} <span className="block">{asOf(entered)} {source(entered)}</span></p>}
    </article>
  );
}
