// The plan and what its indicators say; its versions side by side; municipality by municipality.
import { useEffect, useState } from 'react';
import { type Indicator, type Plan, indicatorsOf, planFor, usePlans } from '../../api/plan';
import { useLive } from '../../api/live';
import { Link, address, change, usePlace } from '../../app/route';
import { useSettings } from '../../app/settings';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Field, Loading } from '../../ui/parts';
import { IndicatorCard } from './IndicatorCard';
import { IndicatorMap, hasMap } from './IndicatorMap';
import { period } from './figures';
import { Versions } from './Versions';
import './plan.css';

const reports = [{ form: 'pdf', name: 'plan.report.pdf' }, { form: 'xlsx', name: 'plan.report.xlsx' }, { form: 'csv', name: 'plan.report.csv' }] as const;

export default function PlanPage() {
  const { query } = usePlace(), found = usePlans(), { role, language } = useSettings();
  useLive('type=KeyPerformanceIndicator&pick=id', found.again, found.again);
  const plan = found.data && planFor(found.data, query.get('plan'));
  useEffect(() => {
    if (plan) document.title = `${plan.title} | ${t('brand')}`;
  }, [plan]);
  if (!found.data) return <><h1><Text k="plan.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  if (!plan) return <><h1><Text k="plan.title" /></h1><Empty title={<Text k="plan.empty" />}><p><Text k="counts.none.do" /></p></Empty></>;
  const plans = found.data, measures = plans.measures.filter((m) => m.plan === plan.id), mapped = measures.flatMap((m) => indicatorsOf(plans, m)).filter(hasMap);
  return (
    <>
      {plans.plans.length > 1 && (
        <div className="tabs" role="group" aria-label={t('plan.versions')}>
          {plans.plans.map((p) => <button key={p.id} type="button" aria-pressed={p === plan} onClick={() => change({ plan: p.key }, false)}>{p.title}</button>)}
        </div>
      )}
      <Head plan={plan} />
      <div className="links plan-links">
        {reports.map(({ form, name }) => <a key={form} className="button" href={address(`/plan/report.${form}`, { plan: plan.key, lang: language === 'en' ? 'en' : 'ja' })} download><Text k={name} /></a>)}
        {(role === 'staff' || role === 'operator') && <Link to={address('/plan/edit', { plan: plan.key })} className="button"><Text k="plan.edit.title" /></Link>}
      </div>
      <section aria-labelledby="plan-measures">
        <h2 id="plan-measures"><Text k="plan.measures" /></h2>
        {!measures.length && <Empty title={<Text k="plan.measures.none" />} />}
        <div className="measures">{measures.map((m) => {
          const list = indicatorsOf(plans, m);
          return (
            <section key={m.id} className={list.length > 1 ? 'measure wide' : 'measure'} aria-labelledby={`measure-${m.position}`}>
              <h3 id={`measure-${m.position}`} className="measure-title"><span className="measure-number">{m.position}</span> {m.title}</h3>
              {list.length ? <div className="indicators">{list.map((i) => <IndicatorCard key={i.id} indicator={i} plan={plan} />)}</div> : <p className="note"><Text k="plan.indicators.none" /></p>}
            </section>
          );
        })}</div>
        {measures.length > 0 && <p className="note"><Text k="plan.truncated" /></p>}
      </section>
      {mapped.length > 0 && <ByMunicipality list={mapped} />}
      {plans.plans.length > 1 && <Versions plans={plans} />}
    </>
  );
}

function Head({ plan }: { plan: Plan }) {
  return (
    <>
      <div className="hero">
        <h1>{plan.title}</h1>
        <p className="lead">{plan.vision}{plan.description}</p>
        <p className="note"><Text k="plan.period" /> {period(plan)}</p>
      </div>
      {plan.themes.length > 0 && (
        <section aria-labelledby="plan-areas">
          <h2 id="plan-areas"><Text k="plan.areas" /></h2>
          <div className="areas">
            {plan.themes.map((theme) => {
              const projects = plan.projects.filter((p) => p.theme === theme.key);
              return (
                <div key={theme.key} className="card area">
                  <h3>{theme.title}</h3>
                  {projects.length > 0 && <><p className="note"><Text k="plan.projects" /></p><ul className="dots">{projects.map((p) => <li key={p.title}>{p.title} {/^https?:/.test(p.source) && <a href={p.source} rel="noreferrer"><Text k="plan.source" /></a>}</li>)}</ul></>}
                </div>
              );
            })}
            {plan.foundation && <p className="foundation"><Text k="plan.foundation" /> <strong>{plan.foundation}</strong></p>}
          </div>
        </section>
      )}
      {plan.direction && <section aria-labelledby="plan-direction"><h2 id="plan-direction"><Text k="plan.direction" /></h2><p>{plan.direction}</p></section>}
    </>
  );
}

function ByMunicipality({ list }: { list: Indicator[] }) {
  const best = list.find((i) => i.computed) ?? list[0]!, [key, setKey] = useState(best.key), shown = list.find((i) => i.key === key) ?? best;
  return (
    <section aria-labelledby="plan-map">
      <h2 id="plan-map"><Text k="plan.map" /></h2>
      <div className="tools">
        <Field label={<Text k="plan.indicator" />}>
          <select value={shown.key} onChange={(e) => setKey(e.target.value)}>{list.map((i) => <option key={i.key} value={i.key}>{i.name}</option>)}</select>
        </Field>
      </div>
      <IndicatorMap key={shown.key} indicator={shown} />
    </section>
  );
}
