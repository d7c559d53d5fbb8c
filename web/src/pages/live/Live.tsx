// What changes now: counts, and the latest changes as they come.
import { useEffect, useRef, useState } from 'react';
import { titleOf, typeOf, valueText } from '../../api/entity';
import { type Change, useLive } from '../../api/live';
import { Link, entityAddress } from '../../app/route';
import { clock, named, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Empty } from '../../ui/parts';
import { Counts } from '../home/Counts';

const most = 50;

export default function Live() {
  const [changes, setChanges] = useState<Change[]>([]), [paused, setPaused] = useState(false);
  const arrived = useRef<Change[]>([]), timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const connected = useLive(paused ? null : 'local=true&format=simplified', (change) => {
    arrived.current.unshift(change);
    arrived.current.length = Math.min(arrived.current.length, most);
    timer.current ??= setTimeout(() => { // however many come
      timer.current = undefined;
      const fresh = arrived.current;
      arrived.current = [];
      setChanges((before) => [...fresh, ...before].slice(0, most));
    }, 200);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <>
      <h1><Text k="live.title" /></h1>
      <p className="lead"><Text k="live.lead" /></p>
      <section aria-labelledby="counts-title"><h2 id="counts-title"><Text k="counts.title" /></h2><Counts /></section>
      <section aria-labelledby="ticker-title">
        <div className="tools">
          <h2 id="ticker-title"><Text k="live.ticker.title" /></h2>
          <span className="state" role="status"><span className={connected ? 'dot good' : 'dot'} /> <Text k={paused ? 'live.paused' : connected ? 'live.on' : 'live.off'} /></span>
          <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}><Text k={paused ? 'action.resume' : 'action.pause'} /></button>
        </div>
        {!changes.length ? <Empty title={<Text k="live.none" />}><p><Text k="live.none.do" /></p></Empty> : (
          <ol className="ticker" aria-labelledby="ticker-title">
            {changes.map((c, i) => (
              <li key={`${c.at} ${c.id} ${i}`}>
                <time dateTime={c.at}>{clock(c.at)}</time> <span className={`tag ${c.event}`}><Text k={`live.${c.event}`} /></span> <span className="tag"><Name kind="type" name={typeOf(c)} /></span>{' '}
                {c.event === 'entityDeleted' ? <span>{c.id.split(':').at(-1)}</span> : <Link to={entityAddress(c.id)}>{titleOf(c.entity)}</Link>}
                {c.event === 'entityUpdated' && <span className="values">{(c.changed ?? []).slice(0, 3).map((k) => `${named('attribute', k)} ${valueText(c.entity[k]).slice(0, 40)}`).join(t('separator'))}</span>}
              </li>
            ))}
          </ol>
        )}
      </section>
    </>
  );
}
