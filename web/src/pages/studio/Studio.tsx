// The studio: a file step by step to open data. What was done is on the server; the step is in the address.
import './studio.css';
import { type ComponentType, useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/client';
import { type Report, upload } from '../../api/uploads';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, usePlace } from '../../app/route';
import { number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Failure, Loading } from '../../ui/parts';
import { Columns } from './Columns';
import { Findings } from './Findings';
import { Look } from './Look';
import { Publication } from './Publication';
import { Reading } from './Reading';

export interface StepProps {
  report: Report;
  /** Does something that gives a new report; shows what goes wrong. */
  act: (doing: () => Promise<Report>) => Promise<void>;
  /** While it does. */
  busy: boolean;
}
const steps = ['reading', 'columns', 'findings', 'look', 'publication'] as const;
const views: Record<(typeof steps)[number], ComponentType<StepProps>> = { reading: Reading, columns: Columns, findings: Findings, look: Look, publication: Publication };
const pause = 400;

export default function Studio() {
  const { path } = usePlace(), id = decodeURIComponent(path.slice('/publish/'.length)).replace(/\/$/, '');
  return <One key={id} id={id} />;
}

function One({ id }: { id: string }) {
  const { query } = usePlace(), found = useAnswer(`upload ${id}`, (signal) => upload(id, signal));
  const [newer, setNewer] = useState<Report | null>(null), [busy, setBusy] = useState(false), [error, setError] = useState<Error | null>(null), heading = useRef<HTMLHeadingElement>(null);
  const report = newer ?? found.data, reading = report?.state === 'reading';
  // A large file is read while one waits.
  useEffect(() => {
    if (!reading) return;
    const timer = setTimeout(() => upload(id).then(setNewer, setError), pause);
    return () => clearTimeout(timer);
  }, [id, reading, report]);
  const act = useCallback(async (doing: () => Promise<Report>) => {
    setBusy(true);
    setError(null);
    try {
      setNewer(await doing());
    } catch (problem) {
      setError(problem instanceof Error ? problem : new ApiError(0, String(problem)));
    } finally {
      setBusy(false);
    }
  }, []);
  const step = Math.min(Math.max(1, Number(query.get('step')) || 1), steps.length);
  const to = (next: number) => {
    setError(null);
    change({ step: next }, false);
    heading.current?.focus();
    scrollTo(0, 0);
  };
  useEffect(() => {
    if (report) document.title = `${report.fileName} | ${t('studio.title')}`;
  });
  if (!report) return <><h1><Text k="studio.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  const name = steps[step - 1]!, View = views[name];
  return (
    <>
      <p className="crumbs"><Link to="/publish"><Text k="publish.title" /></Link> ›</p>
      <h1>{report.fileName}</h1>
      {report.state === 'failed' ? <div className="failure" role="alert"><p className="empty-title"><Text k="studio.failed" /></p><p>{report.error}</p><p><Link to="/publish" className="button"><Text k="studio.other" /></Link></p></div>
        : reading ? <div role="status"><p><Text k="studio.reading" /></p><progress max={1} value={report.progress} aria-label={t('studio.reading')} /></div> : (
          <>
            <nav aria-label={t('studio.steps')}>
              <ol className="steps">
                {steps.map((s, i) => <li key={s}><button type="button" aria-current={s === name ? 'step' : undefined} onClick={() => to(i + 1)}><span className="step-number">{number(i + 1)}</span> <span><Text k={`step.${s}`} /></span></button></li>)}
              </ol>
            </nav>
            <h2 ref={heading} tabIndex={-1} className="step-title"><Text k={`step.${name}.title`} /></h2>
            {error && <Failure error={error} />}
            <View report={report} act={act} busy={busy} />
            <div className="step-buttons">
              {step > 1 && <button type="button" onClick={() => to(step - 1)}><Text k="action.previous" /></button>}
              {step < steps.length && <button type="button" className="primary" onClick={() => to(step + 1)}><Text k="step.next" values={{ name: t(`step.${steps[step]!}`) }} /></button>}
            </div>
          </>
        )}
    </>
  );
}
