// What was chosen on the map: one thing, or a list of what lies at the same place.
import { useEffect, useRef } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, titleOf, typeOf } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, entityAddress, segment } from '../../app/route';
import { Name, Text } from '../../i18n/Text';
import { Failure, Loading, Value } from '../../ui/parts';

const hidden = new Set(['id', 'type', 'name', '@context', 'location', 'boundary', 'scope', 'commonId']);

export function Details({ ids, names, onChoose, onClose }: { ids: string[]; names: Map<string, string>; onChoose: (id: string) => void; onClose: () => void }) {
  const one = ids.length === 1 ? ids[0]! : null, box = useRef<HTMLElement>(null);
  const found = useAnswer(one, (signal) => get<Entity>(withQuery(`${api}/entities/${segment(one!)}`, { format: 'simplified', join: 'inline' }), signal).then((a) => a.data));
  useEffect(() => box.current?.focus({ preventScroll: true }), [ids]);
  return (
    <aside className="details" ref={box} tabIndex={-1} aria-labelledby="details-title" onKeyDown={(e) => e.key === 'Escape' && onClose()}>
      <button type="button" className="small close" onClick={onClose}><Text k="action.close" /></button>
      {!one ? (
        <>
          <h2 id="details-title"><Text k="map.same" values={{ n: ids.length }} /></h2>
          <ul className="list">{ids.slice(0, 50).map((id) => <li key={id}><button type="button" className="link" onClick={() => onChoose(id)}>{names.get(id) ?? id}</button></li>)}</ul>
        </>
      ) : !found.data ? (
        <><h2 id="details-title">{names.get(one)}</h2>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>
      ) : (
        <>
          <p><span className="tag"><Name kind="type" name={typeOf(found.data)} /></span></p>
          <h2 id="details-title">{titleOf(found.data)}</h2>
          <dl className="facts">
            {Object.entries(found.data).filter(([k]) => !hidden.has(k)).map(([k, v]) => <div key={k}><dt><Name kind="attribute" name={k} /></dt><dd><Value value={v} /></dd></div>)}
          </dl>
          <p><Link to={entityAddress(one)} className="button"><Text k="map.more" /></Link></p>
        </>
      )}
    </aside>
  );
}
