// One policy: its text with faults at their line, what a change would have changed yesterday, its versions.
import { useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/client';
import { type TextError, type Trial, errorsOf, policy, save, trial, versions } from '../../api/policies';
import { useAnswer } from '../../api/useAnswer';
import { dateTime, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Failure, Loading } from '../../ui/parts';

export function PolicyText({ name }: { name: string }) {
  const found = useAnswer(`policy ${name}`, (signal) => policy(name, signal)), past = useAnswer(`versions ${name}`, (signal) => versions(name, signal));
  const [text, setText] = useState<string | null>(null), [tag, setTag] = useState(''), [faults, setFaults] = useState<TextError[]>([]), [error, setError] = useState<Error | null>(null), [said, setSaid] = useState(false), [tried, setTried] = useState<Trial | null>(null), [busy, setBusy] = useState(false);
  const saved = useRef('');
  useEffect(() => {
    if (!found.data) return;
    if (text === null || text === saved.current) setText(found.data.policy.text);
    saved.current = found.data.policy.text;
    setTag(found.data.tag);
  }, [found.data]);
  if (!found.data || text === null) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const refused = (problem: Error) => {
    const list = problem instanceof ApiError ? errorsOf(problem.more, problem.message) : [];
    setFaults(list);
    setError(list.length ? null : problem);
  };
  const act = (work: Promise<void>) => {
    setBusy(true);
    setError(null);
    setFaults([]);
    setSaid(false);
    work.catch(refused).finally(() => setBusy(false));
  };
  const changed = text !== saved.current, stale = error instanceof ApiError && error.status === 412;
  return (
    <>
      <Editor text={text} faults={faults} onText={(next) => { setText(next); setTried(null); setSaid(false); }} />
      {stale ? <p className="notice" role="alert"><Text k="policies.stale" /></p> : error && <Failure error={error} />}
      <p className="links">
        <button type="button" disabled={busy} onClick={() => act(trial(name, text).then(setTried))}><Text k="policies.trial" /></button>
        <button type="button" className="primary" disabled={busy || !changed} onClick={() => act(save(name, text, tag).then(() => { setSaid(true); saved.current = text; found.again(); past.again(); }))}><Text k="action.save" /></button>
        {changed && <button type="button" onClick={() => { setText(saved.current); setFaults([]); setTried(null); }}><Text k="policies.undo" /></button>}
      </p>
      <p role="status">{said && <Text k="policies.saved" />}</p>
      {tried && <Tried trial={tried} />}
      <section aria-labelledby="versions-title">
        <h2 id="versions-title"><Text k="policies.versions" /></h2>
        {!past.data ? past.error ? <Failure error={past.error} again={past.again} /> : <Loading /> : (
          <ul className="list">
            {past.data.map((v) => <li key={v.version}><span>{dateTime(v.at)}</span>{v.text !== text && <button type="button" className="small" onClick={() => { setText(v.text); scrollTo({ top: 0 }); }}><Text k="policies.take" /><span className="hidden-text"> {dateTime(v.at)}</span></button>}</li>)}
          </ul>
        )}
      </section>
    </>
  );
}

/** The text with the numbers of its lines; a line with a fault is marked and says what is wrong. */
function Editor({ text, faults, onText }: { text: string; faults: TextError[]; onText: (text: string) => void }) {
  const area = useRef<HTMLTextAreaElement>(null), lines = text.split('\n').length;
  const show = (line: number) => {
    const at = text.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0), end = text.indexOf('\n', at);
    area.current?.focus();
    area.current?.setSelectionRange(at, end < 0 ? text.length : end);
  };
  return (
    <>
      {faults.length > 0 && (
        <div className="failure" role="alert">
          <p className="empty-title"><Text k="policies.faults" /></p>
          <ul>{faults.map((f) => <li key={`${f.line} ${f.message}`}><button type="button" className="link" onClick={() => show(f.line)}><Text k="policies.line" values={{ n: f.line }} /></button> {f.message}</li>)}</ul>
        </div>
      )}
      <div className="editor">
        <div className="editor-lines" aria-hidden="true">{Array.from({ length: lines }, (_, i) => <span key={i} className={faults.some((f) => f.line === i + 1) ? 'wrong-line' : undefined}>{i + 1}</span>)}</div>
        <textarea ref={area} value={text} aria-label={t('policies.text')} aria-invalid={faults.length > 0} wrap="off" spellCheck={false} rows={lines + 1} onChange={(e) => onText(e.target.value)} />
      </div>
    </>
  );
}

function Tried({ trial: { asked, changed, changes } }: { trial: Trial }) {
  return (
    <section className="card" aria-labelledby="trial-title">
      <h2 id="trial-title"><Text k="trial.title" /></h2>
      <p><Text k={changed ? 'trial.changed' : 'trial.same'} values={{ asked, changed }} /></p>
      {changes.length > 0 && (
        <div className="table-box" tabIndex={0} role="group" aria-labelledby="trial-title">
          <table>
            <thead><tr><th scope="col"><Text k="log.subject" /></th><th scope="col"><Text k="explain.action" /></th><th scope="col"><Text k="log.what" /></th><th scope="col"><Text k="trial.before" /></th><th scope="col"><Text k="trial.after" /></th></tr></thead>
            <tbody>{changes.map((c, i) => <tr key={i}><td>{c.who.replace(/^urn:ngsi-ld:/, '')}</td><td>{c.action}</td><td>{c.entity.replace(/^urn:ngsi-ld:/, '')}{c.n > 1 && ` × ${number(c.n)}`}</td><td>{c.before}</td><td>{c.after}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
