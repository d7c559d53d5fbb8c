// The versions of a plan beside each other: what each says, and the target of each indicator in it.
import { type Plans, targetOf } from '../../api/plan';
import { Text } from '../../i18n/Text';
import { t } from '../../i18n/text';
import { amount, period } from './figures';

export function Versions({ plans }: { plans: Plans }) {
  const list = [...plans.plans].reverse(); // the oldest first
  const rows = [
    { title: 'plan.period', cell: period },
    { title: 'plan.vision', cell: (p: (typeof list)[number]) => p.vision },
    { title: 'plan.areas', cell: (p: (typeof list)[number]) => p.themes.map((x) => x.title).join(t('separator')) },
    { title: 'plan.direction', cell: (p: (typeof list)[number]) => p.direction },
  ] as const;
  return (
    <section aria-labelledby="plan-versions">
      <h2 id="plan-versions"><Text k="plan.versions" /></h2>
      <div className="table-box versions-box" tabIndex={0} role="group" aria-labelledby="plan-versions">
        <table className="versions">
          <thead><tr><th scope="col"><span className="hidden-text"><Text k="plan.what" /></span></th>{list.map((p) => <th key={p.id} scope="col">{p.title}</th>)}</tr></thead>
          <tbody>
            {rows.map(({ title, cell }) => <tr key={title}><th scope="row"><Text k={title} /></th>{list.map((p) => <td key={p.id}>{cell(p) || t('plan.dash')}</td>)}</tr>)}
            {plans.indicators.map((i) => (
              <tr key={i.id}>
                <th scope="row">{i.name}<small className="block"><Text k="plan.target" /></small></th>
                {list.map((p) => { const target = targetOf(i, p.id); return <td key={p.id}>{target ? amount(target.value, i) : t('plan.dash')}{target?.note && <small className="block">{target.note}</small>}</td>; })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
