// Emergency access: those who must may look without a consent, for a short time, with a reason; the person reads it here, a supervisor reviews it.
import '../consents/consents.css';
import '../my-data/my-data.css';
import { type FormEvent, useState } from 'react';
import { type Emergency as Access, begin, emergencies, goesOn, residentId, review } from '../../api/emergency';
import { useLive } from '../../api/live';
import type { Subject } from '../../api/session';
import { useAnswer } from '../../api/useAnswer';
import { Link, entityAddress } from '../../app/route';
import { clock, dateTime, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Gate } from '../../ui/Gate';
import { Empty, Failure, Field, Loading } from '../../ui/parts';

export default function Emergency() {
  return <><h1><Text k="emergency.title" /></h1><Gate>{(subject) => <Mine subject={subject} />}</Gate></>;
}

function Mine({ subject }: { subject: Subject }) {
  const found = useAnswer('emergencies', emergencies), staff = subject.kind === 'staff';
  useLive('type=EmergencyAccess', found.again);
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const { own, aboutMe, toReview, mayBegin } = found.data, waiting = toReview.filter((e) => !e.reviewed), reviewed = toReview.filter((e) => e.reviewed);
  return (
    <>
      <p className="lead"><Text k={staff ? 'emergency.lead.staff' : 'emergency.lead'} /></p>
      {waiting.length > 0 && <List id="to-review" heading="emergency.review.heading" list={waiting} supervise again={found.again} />}
      {mayBegin || own.length ? (
        <div className="two">
          {mayBegin && <Begin begun={found.again} />}
          {own.length ? <List id="own" heading="emergency.own" list={own} again={found.again} /> : null}
        </div>
      ) : null}
      {reviewed.length > 0 && <List id="reviewed" heading="emergency.reviewed" list={reviewed} again={found.again} />}
      {staff && !mayBegin && !toReview.length && !own.length && <Empty title={<Text k="emergency.role" />}><p><Text k="emergency.role.do" /></p></Empty>}
      {(!staff || aboutMe.length > 0) && (aboutMe.length ? <List id="about-me" heading="emergency.about" list={aboutMe} again={found.again} /> : <Empty title={<Text k="emergency.none" />}><p><Text k="emergency.none.do" /></p><p><Link to="/my-data"><Text k="consents.log" /></Link></p></Empty>)}
    </>
  );
}

const periods = [15, 30, 60, 120] as const;

function Begin({ begun }: { begun: () => void }) {
  const [error, setError] = useState<Error | null>(null), [sending, setSending] = useState(false), [open, setOpen] = useState<Access | null>(null);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, data = new FormData(form), person = residentId(String(data.get('person')));
    setSending(true);
    setError(null);
    begin(person, String(data.get('reason')).trim(), Number(data.get('minutes'))).then((access) => { setOpen({ ...access, person: access.person ?? { id: person, name: '' } }); form.reset(); begun(); }, setError).finally(() => setSending(false));
  };
  return (
    <section className="card" aria-labelledby="begin-title">
      <h2 id="begin-title"><Text k="emergency.begin" /></h2>
      <form className="form" onSubmit={submit}>
        <Field label={<Text k="emergency.person" />}><input name="person" required maxLength={300} autoComplete="off" autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="emergency.reason" />}><textarea name="reason" required minLength={10} maxLength={1000} rows={3} /></Field>
        <Field label={<Text k="emergency.minutes" />}><select name="minutes" defaultValue="30">{periods.map((n) => <option key={n} value={n}>{t('minutes', { n })}</option>)}</select></Field>
        <p className="notice"><Text k="emergency.told" /></p>
        {error && <Failure error={error} />}
        <button type="submit" className="primary" disabled={sending}><Text k="emergency.do" /></button>
      </form>
      {open && <p role="status" className="after"><Text k="emergency.open" values={{ until: clock(open.until) }} /> <Link to={entityAddress(open.person.id)}><Text k="emergency.look" /></Link></p>}
    </section>
  );
}

function List({ id, heading, list, supervise = false, again }: { id: string; heading: Parameters<typeof Text>[0]['k']; list: Access[]; supervise?: boolean; again: () => void }) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}><Text k={heading} /></h2>
      <ul className="visits">
        {list.map((e) => (
          <li key={e.id} className="visit emergency">
            <h3>{id === 'about-me' ? e.subject.name : t('emergency.who', { who: e.subject.name, person: e.person.name })}</h3>
            <p><Text k="myData.reason" values={{ reason: e.reason }} /></p>
            <p><small>{dateTime(e.began)} – {dateTime(e.until)} {goesOn(e) && <span className="tag"><Text k="emergency.now" /></span>}</small></p>
            {id === 'own' && goesOn(e) && <p><Link to={entityAddress(e.person.id)}><Text k="emergency.look" /></Link></p>}
            {e.review ? <p><Text k="emergency.finding" values={{ finding: e.review }} /></p> : supervise ? <Review access={e} done={again} /> : <p className="note"><Text k="emergency.waits" /></p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Review({ access, done }: { access: Access; done: () => void }) {
  const [error, setError] = useState<Error | null>(null);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    setError(null);
    review(access.id, String(new FormData(e.currentTarget).get('finding')).trim()).then(done, setError);
  };
  return (
    <form className="form" onSubmit={submit}>
      <Field label={<Text k="emergency.review" />}><textarea name="finding" required maxLength={1000} rows={2} /></Field>
      {error && <Failure error={error} />}
      <button type="submit"><Text k="emergency.review.do" /></button>
    </form>
  );
}
