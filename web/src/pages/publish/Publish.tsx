// The studio's door: a file to publish, and those that were begun.
import '../studio/studio.css';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { type UploadSummary, removeUpload, sendFile, uploads } from '../../api/uploads';
import { useAnswer } from '../../api/useAnswer';
import { Link, go, segment } from '../../app/route';
import { bytes, dateTime, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate } from '../../ui/Gate';
import { Empty, Failure, Loading } from '../../ui/parts';

export default function Publish() {
  return (
    <>
      <h1><Text k="publish.title" /></h1>
      <p className="lead"><Text k="publish.lead" /></p>
      <RightGate may={['publish']}><Drop /><Begun /></RightGate>
    </>
  );
}

function Drop() {
  const [over, setOver] = useState(false), [sending, setSending] = useState<{ name: string; share: number; stop: () => void } | null>(null), [error, setError] = useState<Error | null>(null), input = useRef<HTMLInputElement>(null);
  const stop = useRef<(() => void) | undefined>(undefined);
  useEffect(() => () => stop.current?.(), []);
  const take = (file: File | undefined) => {
    if (!file || sending) return;
    setError(null);
    const sent = sendFile(file, (share) => setSending((before) => before && { ...before, share }));
    stop.current = sent.stop;
    setSending({ name: file.name, share: 0, stop: sent.stop });
    sent.report.then((report) => go(`/publish/${segment(report.id)}`), (problem: Error) => {
      setSending(null);
      if (problem.name !== 'AbortError') setError(problem);
    }).finally(() => (stop.current = undefined));
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files[0]);
  };
  return (
    <section aria-labelledby="drop-title" className={over ? 'drop over' : 'drop'} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <h2 id="drop-title"><Text k="publish.drop.title" /></h2>
      {sending ? (
        <div role="status">
          <p>{sending.name}</p>
          <progress max={1} value={sending.share} aria-label={t('publish.sending')} /> <span className="number">{number(Math.floor(sending.share * 100))} %</span>
          <p><button type="button" className="small" onClick={sending.stop}><Text k="action.cancel" /></button></p>
        </div>
      ) : (
        <>
          <p><Text k="publish.drop.lead" /></p>
          <input ref={input} type="file" className="hidden-text" tabIndex={-1} aria-label={t('publish.choose')} accept=".csv,.tsv,.txt,.xlsx" onChange={(e) => { take(e.target.files?.[0]); e.target.value = ''; }} />
          <button type="button" className="primary" onClick={() => input.current?.click()}><Text k="publish.choose" /></button>
          <p className="note"><Text k="publish.formats" /></p>
        </>
      )}
      {error && <Failure error={error} />}
    </section>
  );
}

function Begun() {
  const found = useAnswer('uploads', uploads);
  return (
    <section aria-labelledby="begun-title">
      <h2 id="begun-title"><Text k="publish.begun.title" /></h2>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.length ? <Empty title={<Text k="publish.begun.none" />} /> : (
        <ul className="list">{found.data.map((u) => <One key={u.id} upload={u} onRemoved={found.again} />)}</ul>
      )}
    </section>
  );
}

function One({ upload, onRemoved }: { upload: UploadSummary; onRemoved: () => void }) {
  const [sure, setSure] = useState(false), [error, setError] = useState<Error | null>(null);
  const remove = () => void removeUpload(upload.id).then(onRemoved, setError);
  return (
    <li>
      <span>
        <Link to={`/publish/${segment(upload.id)}`} className="result">{upload.fileName}</Link>
        <small className="block">{[bytes(upload.byteSize), dateTime(upload.created), upload.dataset && t('publish.published')].filter(Boolean).join(' · ')}</small>
        {error && <Failure error={error} />}
      </span>
      <span className="side">{sure
        ? <><button type="button" className="small" onClick={remove}><Text k="publish.remove.sure" /></button> <button type="button" className="small" onClick={() => setSure(false)}><Text k="action.cancel" /></button></>
        : <button type="button" className="small" aria-label={t('publish.remove', { name: upload.fileName })} onClick={() => setSure(true)}><Text k="action.remove" /></button>}
      </span>
    </li>
  );
}
