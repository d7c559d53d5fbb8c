// One indicator: its value, how it went, what it is made from, and by municipality.
import { useEffect, useMemo } from 'react';
import { api } from '../../api/client';
import { type Figure, type Indicator, type Plan, history, planFor, reached, targetOf, usePlans } from '../../api/plan';
import { useLive } from '../../api/live';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, entityAddress, segment, usePlace } from '../../app/route';
import { useSettings } from '../../app/settings';
import { Chart } from '../../chart/Chart';
import type { Line } from '../../chart/lines';
import { number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { CopyLine, Empty, Failure, Loading } from '../../ui/parts';
import { Origin, Reached, TargetText, amount, asOf, source } from './figures';
import { IndicatorMap, hasMap } from './IndicatorMap';
import './plan.css';

export default function IndicatorPage() {
  const { path, query } = usePlace(), key = decodeURIComponent(path.split('/')[2] ?? ''), plans = usePlans();
  useLive('type=KeyPerformanceIndicator&pick=id', plans.again, plans.again);
  const indicator = plans.data?.indicators.find((i) => i.key === key), plan = plans.data && ownPlan(plans.data, indicator, query.get('plan'));
  useEffect(() => {
    if (indicator) document.title = `${indicator.name} | ${t('brand')}`;
  }, [indicator]);
  if (!plans.data) return <><h1><Text k="plan.indicator" /></h1>{plans.error ? <Failure error={plans.error} again={plans.again} /> : <Loading />}</>;
  if (!indicator) return <><h1><Text k="plan.indicator" /></h1><Empty title={<Text k="plan.indicator.none" />}><p><Link to="/plan"><Text k="plan.title" /></Link></p></Empty></>;
  return <One key={indicator.id} indicator={indicator} plan={plan} measure={plans.data.measures.find((m) => indicator.measures.includes(m.id))?.title ?? ''} />;
}

/** The plan asked for, else the one that the indicator's measure is of. */
function ownPlan(plans: NonNullable<ReturnType<typeof usePlans>['data']>, indicator: Indicator | undefined, key: string | null): Plan | undefined {
  const measure = plans.measures.find((m) => indicator?.measures.includes(m.id));
  return plans.plans.find((p) => p.key === key) ?? plans.plans.find((p) => p.id === measure?.plan) ?? planFor(plans, null);
}

function One({ indicator, plan, measure }: { indicator: Indicator; plan: Plan | undefined; measure: string }) {
  const { shown } = indicator, { role } = useSettings(), target = plan && targetOf(indicator, plan.id);
  const past = useAnswer(`${indicator.id} ${indicator.computed?.at} ${indicator.computed?.value} ${indicator.entered?.at} ${indicator.entered?.value}`, (signal) => history(indicator.id, signal).catch(() => []));
  const lines = useMemo<Line[]>(() => linesOf(indicator, past.data ?? [], target?.value), [indicator, past.data, target]);
  return (
    <>
      <p className="crumbs"><Link to={address('/plan', { plan: plan?.key })}>{plan?.title ?? t('plan.title')}</Link> › {measure} ›</p>
      <h1>{indicator.name}</h1>
      {indicator.description && <p className="lead">{indicator.description}</p>}
      {!shown ? <Empty title={<Text k="plan.none" />} /> : (
        <div className="card indicator">
          <p className="indicator-value"><strong>{amount(shown.value, indicator)}</strong> <Origin figure={shown} /></p>
          <p>{asOf(shown)} <span className="note">{source(shown)}</span></p>
          {plan && <p><Text k="plan.target" /> <TargetText indicator={indicator} plan={plan} /></p>}
          {target && <Reached indicator={indicator} figure={shown} target={target} />}
        </div>
      )}
      <section aria-labelledby="plan-history">
        <h2 id="plan-history"><Text k="plan.history" /></h2>
        {past.error ? <Failure error={past.error} again={past.again} /> : !past.data ? <Loading /> : !past.data.length ? <Empty title={<Text k="history.empty" />} /> : (
          <div className="stack">
            <Chart lines={lines} label={t('chart.label', { name: indicator.name, n: past.data.length, value: shown ? amount(shown.value, indicator) : '' })} />
            <Past figures={past.data} indicator={indicator} target={target?.value} />
          </div>
        )}
      </section>
      {hasMap(indicator) && <section aria-labelledby="plan-map"><h2 id="plan-map"><Text k="plan.map" /></h2><IndicatorMap indicator={indicator} /></section>}
      <section aria-labelledby="plan-how">
        <h2 id="plan-how"><Text k="plan.how" /></h2>
        <p><Text k={indicator.definition ? 'plan.how.computed' : 'plan.how.entered'} /></p>
        {indicator.definition && <details><summary><Text k="plan.definition" /></summary><pre className="json" tabIndex={0}>{JSON.stringify(indicator.definition, null, 2)}</pre></details>}
        <CopyLine text={`curl -s '${location.origin}${api}/temporal/entities/${segment(indicator.id)}?attrs=kpiValue&format=temporalValues'`} />
        <div className="links">
          <Link to={entityAddress(indicator.id)} className="button"><Text k="plan.entity" /></Link>
          {(role === 'staff' || role === 'operator') && <Link to={address('/plan/edit', { plan: plan?.key, indicator: indicator.key })} className="button"><Text k="plan.edit.title" /></Link>}
        </div>
      </section>
    </>
  );
}

/** What is computed and what was entered are lines of their own; the target is one from end to end. */
function linesOf(indicator: Indicator, figures: Figure[], target: number | undefined): Line[] {
  const points = (computed: boolean) => figures.filter((f) => f.computed === computed).map((f) => ({ t: Date.parse(f.at), v: f.value }));
  const made = [{ computed: true, name: t('plan.computed') }, { computed: false, name: t('plan.entered') }].map(({ computed, name }) => ({ name, unit: indicator.unitCode, points: points(computed) })).filter((l) => l.points.length);
  const times = figures.map((f) => Date.parse(f.at));
  if (target === undefined || !times.length) return made;
  const [from, to] = [Math.min(...times), Math.max(...times)];
  return [...made, { name: t('plan.target'), unit: indicator.unitCode, points: from === to ? [{ t: from, v: target }] : [{ t: from, v: target }, { t: to, v: target }] }];
}

function Past({ figures, indicator, target }: { figures: Figure[]; indicator: Indicator; target: number | undefined }) {
  return (
    <div className="table-box" tabIndex={0} role="group" aria-labelledby="plan-history">
      <table>
        <thead><tr><th scope="col"><Text k="time" /></th><th scope="col" className="number"><Text k="plan.value" /></th><th scope="col" className="number"><Text k="plan.reached" /></th><th scope="col"><Text k="plan.origin" /></th></tr></thead>
        <tbody>
          {[...figures].reverse().map((f) => {
            const share = target === undefined ? null : reached(f.value, target, indicator.lower);
            return (
              <tr key={`${f.at} ${f.computed}`}>
                <td>{asOf(f)}</td>
                <td className="number">{amount(f.value, indicator)}</td>
                <td className="number">{share === null ? t('plan.dash') : `${number(share, 1)} %`}</td>
                <td><Origin figure={f} /><small className="block">{source(f)}</small></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
