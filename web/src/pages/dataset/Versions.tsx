// What was published when, and what changed between two versions, cell by cell.
import { useState } from 'react';
import { type Difference, type Distribution, difference, distributionPath, versionsOf } from '../../api/datasets';
import { useAnswer } from '../../api/useAnswer';
import { bytes, dateTime, listed, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Field, Loading } from '../../ui/parts';

const step = 100, mostRows = 1000;

export function Versions({ distribution }: { distribution: Distribution }) {
  const found = useAnswer(`versions ${distribution.id} ${distribution.version}`, (signal) => versionsOf(distribution.id, signal)), list = found.data ?? [];
  const [between, setBetween] = useState<{ from?: number; to?: number }>({}), to = between.to ?? list[0]?.version, from = between.from ?? list[1]?.version;
  return (
    <section className="card" aria-labelledby="versions-title">
      <h2 id="versions-title"><Text k="versions.title" /></h2>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <>
          <ul className="list">
            {list.map((v) => (
              <li key={v.version}>
                <span><strong><Text k="version.number" values={{ n: v.version }} /></strong> {dateTime(v.modified)}<small className="block">{[v.rows !== undefined && t('dataset.rows', { n: v.rows }), v.byteSize !== undefined && bytes(v.byteSize), v.fileName].filter(Boolean).join(' · ')}</small></span>
                <a className="side" href={`${distributionPath(distribution.id)}/data.csv?version=${v.version}`} download><Text k="download.csv" /></a>
              </li>
            ))}
          </ul>
          {list.length < 2 ? <p className="note"><Text k="versions.one" /></p> : (
            <>
              <h3><Text k="versions.compare" /></h3>
              <div className="tools">
                {(['from', 'to'] as const).map((end) => (
                  <Field key={end} label={<Text k={end === 'from' ? 'versions.from' : 'versions.to'} />}>
                    <select value={end === 'from' ? from : to} onChange={(e) => setBetween({ from, to, [end]: Number(e.target.value) })}>{list.map((v) => <option key={v.version} value={v.version}>{t('version.number', { n: v.version })}</option>)}</select>
                  </Field>
                ))}
              </div>
              {from !== undefined && to !== undefined && <Changes key={`${from} ${to}`} id={distribution.id} from={from} to={to} />}
            </>
          )}
        </>
      )}
    </section>
  );
}

function Changes({ id, from, to }: { id: string; from: number; to: number }) {
  const [most, setMost] = useState(step), found = useAnswer(`diff ${id} ${from} ${to} ${most}`, (signal) => difference(id, from, to, most, signal));
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const { counts, columns, rows, key, more } = found.data;
  return (
    <>
      <p role="status"><Text k="versions.counts" values={counts} /></p>
      {columns.added.length > 0 && <p><Text k="versions.columns.added" values={{ names: listed(columns.added) }} /></p>}
      {columns.removed.length > 0 && <p><Text k="versions.columns.removed" values={{ names: listed(columns.removed) }} /></p>}
      {!rows.length ? <Empty title={<Text k="versions.same" />} /> : (
        <div className="table-box" tabIndex={0} role="group" aria-label={t('versions.compare')}>
          <table>
            <thead><tr><th scope="col"><Text k="versions.change" /></th><th scope="col">{key.length ? listed(key) : t('versions.row')}</th><th scope="col"><Text k="versions.cells" /></th></tr></thead>
            <tbody>{rows.map((row, i) => <Change key={i} row={row} />)}</tbody>
          </table>
          {more && most < mostRows && <button type="button" className="more" onClick={() => setMost(Math.min(most + step, mostRows))}><Text k="versions.more" values={{ n: number(step) }} /></button>}
        </div>
      )}
    </>
  );
}

const marks = { added: '+', removed: '−', changed: '→' } as const;

function Change({ row }: { row: Difference['rows'][number] }) {
  return (
    <tr>
      <td className="nowrap"><span aria-hidden="true">{marks[row.state]}</span> <Text k={`versions.${row.state}`} /></td>
      <th scope="row">{listed(row.key)}</th>
      <td>
        <ul className="cells">
          {Object.entries(row.cells).filter(([, [before, after]]) => before || after).map(([column, [before, after]]) => (
            <li key={column}><span className="note">{column}</span> {before && <del>{before}</del>} {row.state === 'changed' && <span aria-hidden="true">→</span>} {after ? <ins>{after}</ins> : row.state === 'changed' && <span className="note">{t('cell.empty')}</span>}</li>
          ))}
        </ul>
      </td>
    </tr>
  );
}
