// Step 2: which column of the file is which of the standard.
import { say } from '../../api/entity';
import { changeUpload, useStandards } from '../../api/uploads';
import { listed, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Empty, Failure, Loading } from '../../ui/parts';
import { share } from './Reading';
import type { StepProps } from './Studio';

export function Columns({ report, act, busy }: StepProps) {
  const standards = useStandards(), standard = standards.data?.find((s) => s.key === report.standard?.key), missing = report.missing ?? [];
  if (!report.standard) return <Empty title={<Text k="columns.none" />}><p><Text k="columns.none.do" /></p></Empty>;
  if (!standard) return standards.error ? <Failure error={standards.error} again={standards.again} /> : <Loading />;
  const used = new Map(report.columns.flatMap((c) => (c.standard ? [[c.standard, c] as const] : []))), free = report.columns.filter((c) => !c.standard);
  return (
    <>
      <p className="lead"><Text k="step.columns.lead" values={{ name: say(standard.title) }} /></p>
      {missing.length > 0 && <p className="notice" role="status"><Text k="columns.missing" values={{ names: listed(missing) }} /></p>}
      <div className="table-box" tabIndex={0} role="group" aria-label={t('step.columns.title')}>
        <table className="columns">
          <thead><tr><th scope="col"><Text k="columns.standard" /></th><th scope="col"><Text k="columns.file" /></th><th scope="col" className="number"><Text k="columns.filled" /></th><th scope="col"><Text k="columns.examples" /></th></tr></thead>
          <tbody>
            {standard.columns.map((column) => {
              const from = used.get(column.name);
              return (
                <tr key={column.name}>
                  <th scope="row">{column.name} {column.required && <span className="tag"><Text k="columns.required" /></span>}<small className="block"><Name kind="columnType" name={column.type} /></small></th>
                  <td>
                    <select aria-label={t('columns.choose', { name: column.name })} value={from?.name ?? ''} disabled={busy} onChange={(e) => void act(() => changeUpload(report.id, { columns: { [column.name]: e.target.value || null } }))}>
                      <option value="">{t('columns.without')}</option>
                      {report.columns.map((c) => <option key={c.name} value={c.name}>{c.name}</option>)}
                    </select>
                  </td>
                  <td className="number">{from && share(from.filled, report.rows)}</td>
                  <td>{from?.examples.slice(0, 2).map((e, i) => <span className="tag" key={i}>{e}</span>)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {free.length > 0 && <section className="card" aria-labelledby="free-title"><h3 id="free-title"><Text k="columns.free.title" values={{ n: free.length }} /></h3><p><Text k="columns.free" /></p><p>{free.map((c) => <span className="tag" key={c.name}>{c.name}</span>)}</p></section>}
    </>
  );
}
