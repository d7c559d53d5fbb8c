// Step 1: what was read, and what to read otherwise.
import { type FormEvent, useState } from 'react';
import { say } from '../../api/entity';
import { changeUpload, useStandards } from '../../api/uploads';
import { bytes, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { Field, Figure } from '../../ui/parts';
import type { StepProps } from './Studio';

const encodings = [['utf-8', 'UTF-8'], ['shift_jis', 'Shift_JIS'], ['euc-jp', 'EUC-JP'], ['utf-16le', 'UTF-16LE'], ['utf-16be', 'UTF-16BE']] as const;

export function Reading({ report, act, busy }: StepProps) {
  const { id, preamble = [], sheets = [] } = report, standards = useStandards(), isSheet = report.encoding === 'xlsx';
  const encoding = encodings.find(([key]) => key === report.encoding.toLowerCase())?.[0] ?? report.encoding;
  const candidates = (report.candidates ?? []).filter((c) => c.key !== report.standard?.key).slice(0, 3);
  return (
    <>
      <p className="lead"><Text k="step.reading.lead" /></p>
      <dl className="figures">
        <Figure name={<Text k="reading.rows" />} value={number(report.rows)} note={bytes(report.byteSize)} />
        <Figure name={<Text k="reading.columns" />} value={number(report.columns.length)} />
        <Figure name={<Text k="reading.standard" />} value={report.standard ? say(report.standard.title) : <Text k="reading.standard.none" />} note={report.standard && t('reading.confidence', { n: Math.round(report.standard.confidence * 100) })} />
      </dl>
      <div className="two">
        <section className="card" aria-labelledby="how-title">
          <h3 id="how-title"><Text k="reading.how.title" /></h3>
          <div className="stack">
            {!isSheet && (
              <Field label={<Text k="reading.encoding" />}>
                <select value={encoding} disabled={busy} onChange={(e) => void act(() => changeUpload(id, { encoding: e.target.value }))}>
                  {!encodings.some(([key]) => key === encoding) && <option value={encoding}>{encoding}</option>}
                  {encodings.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
                </select>
              </Field>
            )}
            {sheets.length > 1 && <Field label={<Text k="reading.sheet" />}><select value={report.sheet ?? ''} disabled={busy} onChange={(e) => void act(() => changeUpload(id, { sheet: e.target.value }))}>{sheets.map((s) => <option key={s}>{s}</option>)}</select></Field>}
            <HeaderRow key={report.headerRow} row={report.headerRow ?? 1} busy={busy} onChange={(headerRow) => void act(() => changeUpload(id, { headerRow }))} />
            {preamble.length > 0 && <div><p><Text k="reading.preamble" values={{ n: preamble.length }} /></p><pre tabIndex={0}>{preamble.join('\n')}</pre></div>}
          </div>
        </section>
        <section className="card" aria-labelledby="what-title">
          <h3 id="what-title"><Text k="reading.what.title" /></h3>
          <div className="stack">
            <Field label={<Text k="reading.standard" />}>
              <select value={report.standard?.key ?? ''} disabled={busy} onChange={(e) => void act(() => changeUpload(id, { standard: e.target.value }))}>
                <option value="">{t('reading.standard.none')}</option>
                {standards.data?.map((s) => <option key={s.key} value={s.key}>{say(s.title)}</option>)}
              </select>
            </Field>
            {candidates.length > 0 && <p><Text k="reading.candidates" /> {candidates.map((c) => <button key={c.key} type="button" className="small" disabled={busy} onClick={() => void act(() => changeUpload(id, { standard: c.key }))}>{say(c.title)} {number(Math.round(c.confidence * 100))} %</button>)}</p>}
            <MunicipalityChoice value={report.municipality} none={t('reading.municipality.none')} onChange={(municipality) => void act(() => changeUpload(id, { municipality }))} />
            <p className="note"><Text k="reading.municipality.why" /></p>
          </div>
        </section>
      </div>
      <section className="card" aria-labelledby="read-columns-title">
        <h3 id="read-columns-title"><Text k="reading.columns.title" /></h3>
        <div className="table-box" tabIndex={0} role="group" aria-labelledby="read-columns-title">
          <table>
            <thead><tr><th scope="col"><Text k="columns.file" /></th><th scope="col" className="number"><Text k="columns.filled" /></th><th scope="col"><Text k="columns.examples" /></th></tr></thead>
            <tbody>{report.columns.map((c) => <tr key={c.name}><th scope="row">{c.name}</th><td className="number">{share(c.filled, report.rows)}</td><td>{c.examples.slice(0, 3).map((e, i) => <span className="tag" key={i}>{e}</span>)}</td></tr>)}</tbody>
          </table>
        </div>
      </section>
    </>
  );
}

/** Of all rows, those that have a value, in percent. */
export const share = (filled: number, rows: number): string => `${number(Math.floor((filled / Math.max(rows, 1)) * 100))} %`;

function HeaderRow({ row, busy, onChange }: { row: number; busy: boolean; onChange: (row: number) => void }) {
  const [text, setText] = useState(String(row)), wanted = Number(text.normalize('NFKC'));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (Number.isInteger(wanted) && wanted >= 0 && wanted !== row) onChange(wanted);
  };
  return (
    <form className="tools" onSubmit={submit}>
      <Field label={<Text k="reading.header" />}><input inputMode="numeric" size={4} value={text} onChange={(e) => setText(e.target.value)} /></Field>
      <button type="submit" disabled={busy || !Number.isInteger(wanted) || wanted < 0 || !text.trim() || wanted === row}><Text k="reading.header.change" /></button>
    </form>
  );
}
