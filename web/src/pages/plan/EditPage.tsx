// Staff enter values, with their date and source, and set targets. The last changes can be taken back.
import { type FormEvent, useRef, useState } from 'react';
import { type Indicator, type Plan, indicatorsOf, planFor, targetOf, usePlans } from '../../api/plan';
import { Link, address, change as changePlace, usePlace } from '../../app/route';
import { useSession } from '../../api/session';
import { change } from '../../app/settings';
import { Text } from '../../i18n/Text';
import { t } from '../../i18n/text';
import { useStaff } from '../../ui/Gate';
import { Empty, Failure, Field, Loading, Unseen } from '../../ui/parts';
import { indicatorAddress } from './IndicatorCard';
import { type Undo, enterTarget, enterValue } from './enter';
import { Origin, TargetText, amount, asOf, source } from './figures';
import './plan.css';

const numberIn = (text: string): number => Number(text.normalize('NFKC').replace(/[,\s]/g, '') || NaN);

interface Done {
  title: string;
  undo: Undo;
}
type Said = { key: 'edit.sent' | 'edit.waits' | 'edit.number' | 'plan.edit.undone' | 'plan.edit.day' } | { reason: string };

export default function EditPage() {
  const { query } = usePlace(), found = usePlans(), staff = useStaff(), open = useSession()?.auth === 'none', [done, setDone] = useState<Done[]>([]), [said, setSaid] = useState<Said | null>(null);
  if (!staff) {
    return <><h1><Text k="plan.edit.title" /></h1><Empty title={<Text k="plan.edit.staff" />}>{open ? <p><button type="button" onClick={() => change({ role: 'staff' })}><Text k="plan.edit.role" /></button></p> : <Unseen />}</Empty></>;
  }
  if (!found.data) return <><h1><Text k="plan.edit.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  const plans = found.data, plan = planFor(plans, query.get('plan'));
  if (!plan) return <><h1><Text k="plan.edit.title" /></h1><Empty title={<Text k="plan.empty" />} /></>;
  const own = plans.measures.filter((m) => m.plan === plan.id).flatMap((m) => indicatorsOf(plans, m)), list = own.length ? own : plans.indicators;
  const indicator = list.find((i) => i.key === query.get('indicator')) ?? list[0];
  const act = async (title: string, work: () => Promise<Undo | null>) => {
    try {
      const undo = await work();
      if (undo) setDone((before) => [...before, { title, undo }]);
      setSaid({ key: undo ? 'edit.sent' : 'edit.waits' });
      found.again();
    } catch (error) {
      setSaid({ reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const undo = async () => {
    const last = done.at(-1);
    if (!last) return;
    try {
      await last.undo();
      setDone(done.slice(0, -1));
      setSaid({ key: 'plan.edit.undone' });
    } catch (error) {
      setSaid({ reason: error instanceof Error ? error.message : String(error) });
    }
    found.again();
  };
  return (
    <>
      <p className="crumbs"><Link to={address('/plan', { plan: plan.key })}>{plan.title}</Link> ›</p>
      <h1><Text k="plan.edit.title" /></h1>
      <div className="tools">
        {plans.plans.length > 1 && <Field label={<Text k="plan.version" />}><select value={plan.key} onChange={(e) => changePlace({ plan: e.target.value })}>{plans.plans.map((p) => <option key={p.key} value={p.key}>{p.title}</option>)}</select></Field>}
        {indicator && <Field label={<Text k="plan.indicator" />}><select value={indicator.key} onChange={(e) => changePlace({ plan: plan.key, indicator: e.target.value })}>{list.map((i) => <option key={i.key} value={i.key}>{i.name}</option>)}</select></Field>}
      </div>
      <div className="edit-bar">
        <button type="button" disabled={!done.length} onClick={() => void undo()}><Text k="plan.edit.undo" /></button>
        <p role="status">{said && ('key' in said ? <Text k={said.key} /> : <Text k="edit.refused" values={{ reason: said.reason }} />)} {done.length > 0 && <small>{done.at(-1)!.title}</small>}</p>
      </div>
      {indicator && <Forms key={`${plan.id} ${indicator.id}`} indicator={indicator} plan={plan} act={act} wrong={setSaid} />}
    </>
  );
}

function Forms({ indicator, plan, act, wrong }: { indicator: Indicator; plan: Plan; act: (title: string, work: () => Promise<Undo | null>) => Promise<void>; wrong: (said: Said) => void }) {
  const { shown } = indicator, target = targetOf(indicator, plan.id);
  const valueForm = useRef<HTMLFormElement>(null);
  const saveValue = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget), value = numberIn(String(data.get('value'))), day = String(data.get('day')), from = String(data.get('source')).trim();
    if (!Number.isFinite(value)) return wrong({ key: 'edit.number' });
    if (!day || Date.parse(day) > Date.now() + 86400e3) return wrong({ key: 'plan.edit.day' });
    void act(`${indicator.name}: ${amount(value, indicator)}`, () => enterValue(indicator, { value, day, source: from })).then(() => valueForm.current?.reset());
  };
  const saveTarget = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget), value = numberIn(String(data.get('value')));
    if (!Number.isFinite(value)) return wrong({ key: 'edit.number' });
    void act(`${indicator.name} ${t('plan.target')}: ${amount(value, indicator)}`, () => enterTarget(indicator, { plan: plan.id, value, due: String(data.get('due')), note: String(data.get('note')).trim() }));
  };
  return (
    <div className="two">
      <section className="card" aria-labelledby="edit-value">
        <h2 id="edit-value"><Text k="plan.edit.value" /></h2>
        <p><Link to={indicatorAddress(indicator, plan)}>{indicator.name}</Link></p>
        {shown && <p>{amount(shown.value, indicator)} <Origin figure={shown} /> <span className="note block">{asOf(shown)} {source(shown)}</span></p>}
        {indicator.definition && <p className="notice"><Text k="plan.edit.computed" /></p>}
        <form className="form" ref={valueForm} onSubmit={saveValue}>
          <Field label={<><Text k="plan.value" /> {indicator.unit}</>}><input name="value" inputMode="decimal" required /></Field>
          <Field label={<Text k="plan.edit.date" />}><input name="day" type="date" required /></Field>
          <Field label={<Text k="plan.source" />}><input name="source" required maxLength={300} /></Field>
          <button type="submit" className="primary"><Text k="action.save" /></button>
        </form>
      </section>
      <section className="card" aria-labelledby="edit-target">
        <h2 id="edit-target"><Text k="plan.edit.target" /></h2>
        <p><TargetText indicator={indicator} plan={plan} /></p>
        <form className="form" key={`${target?.value} ${target?.due} ${target?.note}`} onSubmit={saveTarget}>
          <Field label={<><Text k="plan.target" /> {indicator.unit}</>}><input name="value" inputMode="decimal" required defaultValue={target?.value} /></Field>
          <Field label={<Text k="plan.due" />}><input name="due" type="date" defaultValue={target?.due} /></Field>
          <Field label={<Text k="plan.edit.note" />}><input name="note" maxLength={300} defaultValue={target?.note} /></Field>
          <button type="submit" className="primary"><Text k="action.save" /></button>
        </form>
      </section>
    </div>
  );
}
