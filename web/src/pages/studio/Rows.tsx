// The rows of an upload as a grid: one stop of the tab key, arrow keys from cell to cell, Enter changes one.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { say } from '../../api/entity';
import { type Finding, type UploadRow, setCells, uploadRows } from '../../api/uploads';
import { useAnswer } from '../../api/useAnswer';
import { number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Loading, Pager } from '../../ui/parts';
import type { StepProps } from './Studio';

const size = 20;

type Which = 'findings' | 'all';
/** A place to go to: a row by its number and a column. */
export interface Target {
  row: number;
  column: string;
}
interface Props extends StepProps {
  begin: Which;
  target?: Target | null;
}

export function Rows({ report, act, busy, begin, target }: Props) {
  const [{ only, page }, setShown] = useState<{ only: Which; page: number }>({ only: begin, page: 1 }), found = useAnswer(`rows ${report.id} ${only} ${page}`, (signal) => uploadRows(report.id, only, (page - 1) * size, size, signal));
  const [at, setAt] = useState<[number, number]>([0, 0]), [editing, setEditing] = useState(false), grid = useRef<HTMLTableElement>(null), shown = useRef(report), reached = useRef<Target | null>(null), { again } = found;
  // A repair or a changed cell: the rows are not what they were.
  useEffect(() => {
    if (shown.current !== report) again();
    shown.current = report;
  }, [report, again]);
  useEffect(() => {
    if (target) setShown({ only: 'all', page: Math.floor(target.row / size) + 1 });
  }, [target]);
  useEffect(() => {
    const row = found.loading ? -1 : found.data?.rows.findIndex((r) => r.row === target?.row) ?? -1;
    if (!target || reached.current === target || row < 0) return;
    reached.current = target;
    focus(row, Math.max(0, found.data!.columns.findIndex((c) => concerns(report, target.column, c))));
  });
  const rows = found.data?.rows ?? [], columns = found.data?.columns ?? [], [atRow, atColumn] = [Math.min(at[0], Math.max(rows.length - 1, 0)), at[1]];
  const focus = (row: number, column: number) => {
    setAt([row, column]);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${row} ${column}"]`)?.focus();
  };
  const key = (e: KeyboardEvent) => {
    if (editing || e.ctrlKey || e.metaKey || e.altKey) return;
    const last = columns.length - 1, to: Record<string, [number, number]> = {
      ArrowUp: [Math.max(atRow - 1, 0), atColumn], ArrowDown: [Math.min(atRow + 1, rows.length - 1), atColumn], ArrowLeft: [atRow, Math.max(atColumn - 1, 0)], ArrowRight: [atRow, Math.min(atColumn + 1, last)], Home: [atRow, 0], End: [atRow, last],
    };
    const next = to[e.key];
    if (next) focus(...next);
    else if (e.key === 'Enter' || e.key === 'F2') setEditing(true);
    else return;
    e.preventDefault();
  };
  const finish = (text: string | null) => {
    const row = rows[atRow], column = columns[atColumn];
    setEditing(false);
    setTimeout(() => focus(atRow, atColumn));
    if (text !== null && row && column !== undefined && text !== row.cells[atColumn]) void act(() => setCells(report.id, [{ row: row.row, column, text }]));
  };
  const current = rows[atRow], said = current ? findingsOf(report.findings, current) : [];
  return (
    <section className="card" aria-labelledby="rows-title">
      <h3 id="rows-title"><Text k="rows.title" /></h3>
      <div className="tools">
        <div className="tabs" role="group" aria-label={t('rows.which')}>
          {(['findings', 'all'] as const).map((which) => <button key={which} type="button" aria-pressed={which === only} onClick={() => setShown({ only: which, page: 1 })}><Text k={`rows.${which}`} /></button>)}
        </div>
        {found.data && <span role="status" className="result-count"><Text k="dataset.rows" values={{ n: found.data.count }} /></span>}
      </div>
      <p className="note"><Text k="rows.keys" /></p>
      {found.error && <Failure error={found.error} again={found.again} />}
      {!found.data ? !found.error && <Loading /> : !rows.length ? <Empty title={<Text k={only === 'findings' ? 'rows.nothing' : 'dataset.table.none'} />} /> : (
        <>
          <div className="table-box data-table">
            <table role="grid" ref={grid} aria-labelledby="rows-title" aria-busy={busy} onKeyDown={key}>
              <thead><tr><th scope="col" className="number"><Text k="rows.line" /></th>{columns.map((c) => <th key={c} scope="col">{c}</th>)}</tr></thead>
              <tbody>
                {rows.map((row, r) => (
                  <tr key={row.row} data-row={row.row}>
                    <th scope="row" className="number">{number(row.line)}</th>
                    {columns.map((column, c) => {
                      const here = r === atRow && c === atColumn, wrong = findingsOf(report.findings, row).find((f) => concerns(report, f.column, column)), changed = row.original && row.original[c] !== undefined && row.original[c] !== row.cells[c];
                      return (
                        <td key={column} role="gridcell" data-cell={`${r} ${c}`} tabIndex={here && !editing ? 0 : -1} className={[wrong && `cell-${wrong.severity}`, changed && 'cell-changed'].filter(Boolean).join(' ') || undefined}
                          title={wrong ? say(wrong.message) : changed ? t('rows.before', { text: row.original![c] || t('cell.empty') }) : undefined} onFocus={() => here || setAt([r, c])} onDoubleClick={() => { setAt([r, c]); setEditing(true); }}>
                          {here && editing ? <Edit text={row.cells[c] ?? ''} label={t('edit.label', { name: column })} onDone={finish} /> : row.cells[c]}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="row-findings" aria-live="polite">
            {current && <p><Text k="rows.about" values={{ line: current.line }} /> {said.length ? said.map((f, i) => <span key={i} className="block">{f.column ? `${f.column}: ` : ''}{say(f.message)}</span>) : <Text k="rows.fine" />} {!editing && <button type="button" className="small" onClick={() => setEditing(true)} disabled={busy}><Text k="rows.edit" values={{ name: columns[atColumn] ?? '' }} /></button>}</p>}
          </div>
          <Pager page={page} size={size} count={found.data.count} onPage={(next) => setShown({ only, page: next })} />
        </>
      )}
    </section>
  );
}

const findingsOf = (all: Finding[], row: UploadRow): Finding[] => row.findings.flatMap((place) => all[place] ?? []);

/** Is it this column, whether it is called as in the file or as in the standard? */
const concerns = ({ columns }: Props['report'], asked: string | null, name: string): boolean => asked === name || columns.some((c) => c.name === name && c.standard !== null && c.standard === asked);

function Edit({ text, label, onDone }: { text: string; label: string; onDone: (text: string | null) => void }) {
  const [now, setNow] = useState(text), box = useRef<HTMLTextAreaElement>(null), done = useRef(false);
  useEffect(() => {
    box.current?.focus();
    box.current?.select();
  }, []);
  const finish = (result: string | null) => {
    if (done.current) return;
    done.current = true;
    onDone(result);
  };
  return (
    <textarea ref={box} rows={Math.min(Math.max(text.split('\n').length, 1), 6)} aria-label={label} value={now} onChange={(e) => setNow(e.target.value)} onBlur={() => finish(now)}
      onKeyDown={(e) => {
        e.stopPropagation();
        if (e.key === 'Escape') finish(null);
        else if (e.key === 'Enter' && !e.shiftKey && !e.nativeEvent.isComposing) finish(now);
        else return;
        e.preventDefault();
      }} />
  );
}
