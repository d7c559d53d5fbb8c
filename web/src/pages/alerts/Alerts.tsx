// What looked odd in the log: to be looked at by a person.
import '../my-data/my-data.css';
import { useState } from 'react';
import { type Alert, alerts, setAlert } from '../../api/log';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, address } from '../../app/route';
import { ago, aside, dateTime, isNamed, named } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Gate } from '../../ui/Gate';
import { Empty, Failure, Loading } from '../../ui/parts';

export default function Alerts() {
  return <><h1><Text k="alerts.title" /></h1><Gate may={['audit']}>{() => <All />}</Gate></>;
}

const isOpen = (a: Alert) => a.status !== 'closed';

function All() {
  const found = useAnswer('alerts', alerts), [closed, setClosed] = useState(false), shown = found.data?.filter((a) => closed || isOpen(a));
  return (
    <>
      <p className="lead"><Text k="alerts.lead" /></p>
      <p><label className="check"><input type="checkbox" checked={closed} onChange={(e) => setClosed(e.target.checked)} /> <Text k="alerts.closed" /></label></p>
      {!shown ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !shown.length ? <Empty title={<Text k="alerts.none" />}><p><Text k="alerts.none.do" /></p></Empty> : <ul className="visits">{shown.map((a) => <One key={a.id} alert={a} again={found.again} />)}</ul>}
    </>
  );
}

function One({ alert: a, again }: { alert: Alert; again: () => void }) {
  const [error, setError] = useState<Error | null>(null);
  return (
    <li className={a.severity === 'high' ? 'visit emergency' : 'visit'}>
      <h2 className="alert-title">{isNamed('value', a.kind) ? named('value', a.kind) : say(a.description)} {!isOpen(a) && <span className="tag"><Text k="alerts.isClosed" /></span>}</h2>
      {isNamed('value', a.kind) && <p>{say(a.description)}</p>}
      <p><small>{dateTime(a.detectedAt)}{aside(ago(a.detectedAt))}{a.subject && <> · {a.subject.replace(/^urn:ngsi-ld:\w+:/, '')}</>}</small></p>
      <p className="links">
        {a.subject && <Link to={address('/trust/log', a.subject.startsWith('urn:') ? { subject: a.subject } : { q: a.subject })} className="button"><Text k="alerts.look" /></Link>}
        {isOpen(a) && <button type="button" className="small" onClick={() => { setError(null); setAlert(a.id, 'closed').then(again, setError); }}><Text k="alerts.close" /></button>}
      </p>
      {error && <Failure error={error} />}
    </li>
  );
}
