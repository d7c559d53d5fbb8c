// The rows of a distribution: sorted, searched, page by page; the same that CKAN's datastore_search gives.
import { useEffect, useState } from 'react';
import { rowsOf, rowsPath, textOf } from '../../api/datasets';
import { useAnswer } from '../../api/useAnswer';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Field, Loading, Pager, Value } from '../../ui/parts';
import { columnName } from './columnName';

const size = 20, pause = 300, longest = 120;
const isNumeric = (type: string) => /^(int|float|numeric|number|double|decimal)/.test(type);

/** `live`: of the graph, whose names we have words for; a file's columns are called as in the file. */
export function Preview({ id, live }: { id: string; live: boolean }) {
  const [asked, setAsked] = useState({ text: '', column: '' }), [text, setText] = useState(''), [sort, setSort] = useState<{ by: string; down: boolean } | null>(null), [page, setPage] = useState(1);
  useEffect(() => {
    const timer = setTimeout(() => setAsked((before) => (before.text === text ? before : { ...before, text })), pause);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => setPage(1), [asked, sort]);
  const path = rowsPath(id, {
    ...(asked.text && { q: asked.column ? JSON.stringify({ [asked.column]: asked.text }) : asked.text }), sort: sort ? `"${sort.by}" ${sort.down ? 'desc' : 'asc'}` : undefined, offset: (page - 1) * size, limit: size,
  });
  const found = useAnswer(path, (signal) => rowsOf(path, signal)), fields = found.data?.fields.filter((f) => f.id !== '_id') ?? [];
  return (
    <section className="card" aria-labelledby="table-title">
      <h2 id="table-title"><Text k="dataset.table.title" /></h2>
      <div className="tools">
        <Field label={<Text k="dataset.table.filter" />}><input type="search" value={text} onChange={(e) => setText(e.target.value)} /></Field>
        <Field label={<Text k="dataset.table.column" />}>
          <select value={asked.column} onChange={(e) => setAsked({ text, column: e.target.value })}>
            <option value="">{t('dataset.table.any')}</option>
            {fields.map((f) => <option key={f.id} value={f.id}>{live ? columnName(f.id) : f.id}</option>)}
          </select>
        </Field>
      </div>
      {found.error && <Failure error={found.error} again={found.again} />}
      {!found.data ? !found.error && <Loading /> : (
        <>
          <p role="status" className="result-count"><Text k="dataset.rows" values={{ n: found.data.total }} /></p>
          {!found.data.records.length ? <Empty title={<Text k="dataset.table.none" />} /> : (
            <div className="table-box data-table" tabIndex={0} role="group" aria-labelledby="table-title">
              <table>
                <thead>
                  <tr>
                    {fields.map((f) => {
                      const by = sort?.by === f.id;
                      return (
                        <th key={f.id} scope="col" className={isNumeric(f.type) ? 'number' : undefined} aria-sort={by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
                          <button type="button" className="sort" onClick={() => setSort(by && sort.down ? null : { by: f.id, down: by })}>{live ? columnName(f.id) : f.id}<span aria-hidden="true">{by ? (sort.down ? ' ↓' : ' ↑') : ''}</span></button>
                        </th>
                      );
                    })}
                  </tr>
                </thead>
                <tbody>{found.data.records.map((r, i) => <tr key={String(r._id ?? i)}>{fields.map((f) => <td key={f.id} className={isNumeric(f.type) ? 'number' : undefined}><Cell value={r[f.id]} live={live} /></td>)}</tr>)}</tbody>
              </table>
            </div>
          )}
          <Pager page={page} size={size} count={found.data.total} onPage={setPage} />
        </>
      )}
    </section>
  );
}

/** Of a file as it is: a number may be a code or a year, so its digits are not grouped. Of the graph as everywhere in the portal. */
function Cell({ value, live }: { value: unknown; live: boolean }) {
  if (live) return <Value value={value} />;
  const text = textOf(value);
  if (/^https?:\S+$/.test(text)) return <a href={text} rel="noreferrer">{shown(text)}</a>;
  return text.length > longest ? <span title={text}>{shown(text)}</span> : text;
}
const shown = (text: string) => (text.length > longest ? `${text.slice(0, longest)}…` : text);
