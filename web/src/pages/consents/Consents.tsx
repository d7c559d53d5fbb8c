// What I have agreed to, in plain words; giving, narrowing, withdrawing. Also for the children and persons I guard.
import './consents.css';
import { useState } from 'react';
import { type Consent, consents, holds, inOrder, receipt, withdraw } from '../../api/consents';
import { say } from '../../api/entity';
import type { Subject } from '../../api/session';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, usePlace } from '../../app/route';
import { date, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { Gate } from '../../ui/Gate';
import { Empty, Failure, Loading } from '../../ui/parts';
import { Give } from './Give';
import { Narrow } from './Narrow';

export default function Consents() {
  return <><h1><Text k="consents.title" /></h1><Gate>{(subject) => <Mine subject={subject} />}</Gate></>;
}

function Mine({ subject }: { subject: Subject }) {
  const { query } = usePlace(), found = useAnswer('consents', consents), [said, setSaid] = useState('');
  if (query.get('step') !== null) return <Give subject={subject} done={(body) => { setSaid(t('consents.given', { body })); found.again(); change({ step: undefined }); }} />;
  const list = inOrder(found.data ?? []), now = list.filter((c) => holds(c)), past = list.filter((c) => !holds(c));
  const own = subject.actsFor?.id ?? subject.id, changed = (text: string) => { setSaid(text); found.again(); };
  return (
    <>
      <p className="lead"><Text k="consents.lead" /></p>
      <p role="status" className={said ? 'banner' : undefined}>{said}</p>
      <p className="no-print"><button type="button" className="primary" onClick={() => { setSaid(''); change({ step: 1 }, false); }}><Text k="consents.new" /></button></p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <>
          <section aria-labelledby="now-title">
            <h2 id="now-title"><Text k="consents.now" /></h2>
            {now.length ? <ul className="consents">{now.map((c) => <One key={c.id} consent={c} own={own} changed={changed} />)}</ul> : <Empty title={<Text k="consents.none" />}><p><Text k="consents.none.do" /></p></Empty>}
          </section>
          {past.length > 0 && (
            <section aria-labelledby="past-title">
              <h2 id="past-title"><Text k="consents.past" /></h2>
              <ul className="consents past">{past.map((c) => <One key={c.id} consent={c} own={own} changed={changed} />)}</ul>
            </section>
          )}
          <p><Link to="/my-data"><Text k="consents.log" /></Link></p>
        </>
      )}
    </>
  );
}

export const whatOf = (consent: Pick<Consent, 'types'>) => consent.types.map((x) => say(x.title, x.type));

function One({ consent, own, changed }: { consent: Consent; own: string; changed: (said: string) => void }) {
  const [narrowing, setNarrowing] = useState(false), valid = holds(consent);
  const name = consent.to.name, by = consent.givenBy;
  return (
    <li className="card consent">
      <h3>{name}{consent.person.id !== own && <span className="tag"><Text k="consents.of" values={{ name: consent.person.name }} /></span>}{!valid && <span className="tag"><Text k={consent.status === 'withdrawn' ? 'consents.withdrawn' : 'consents.ended'} /></span>}</h3>
      <dl className="facts">
        <div><dt><Text k="consents.why" /></dt><dd>{say(consent.purposeTitle, consent.purpose)}</dd></div>
        <div><dt><Text k="consents.what" /></dt><dd>{whatOf(consent).join(t('separator'))}</dd></div>
        <div><dt><Text k="consents.until" /></dt><dd>{consent.until ? <Text k="until.day" values={{ day: date(consent.until) }} /> : <Text k="until.withdrawn" />}</dd></div>
        <div><dt><Text k="consents.since" /></dt><dd>{date(consent.given)}{by?.name && by.id !== consent.person.id && <small className="block"><Text k="consents.by" values={{ name: by.name }} /></small>}</dd></div>
      </dl>
      {narrowing ? <Narrow consent={consent} done={(saved) => { setNarrowing(false); if (saved) changed(t('consents.narrowed', { body: name })); }} /> : (
        <p className="links no-print">
          {valid && <button type="button" className="small" onClick={() => setNarrowing(true)}><Text k="consents.narrow" /><span className="hidden-text"> {name}</span></button>}
          {valid && <Confirm label={<Text k="consents.withdraw" />} sure={<Text k="consents.withdraw.sure" />} name={name} work={() => withdraw(consent.id)} done={() => changed(t('consents.withdrawn.said', { body: name }))} />}
          <Receipt consent={consent} />
        </p>
      )}
    </li>
  );
}

/** The signed record as a file; the page itself can be printed. */
function Receipt({ consent }: { consent: Consent }) {
  const [error, setError] = useState<Error | null>(null);
  const save = () => {
    setError(null);
    receipt(consent.id).then((text) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
      link.download = `consent-${consent.id.split(':').at(-1)}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }, setError);
  };
  return <>
    <button type="button" className="small" onClick={save}><Text k="consents.receipt" /><span className="hidden-text"> {consent.to.name}</span></button>
    {error && <Failure error={error} />}
  </>;
}
