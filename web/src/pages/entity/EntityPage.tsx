// One entity: what it says, what it is tied to, its history, its JSON in every representation, the call that gives it.
import { useEffect } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, numberOf, observedOf, oneOf, readingOf, titleOf, typeOf } from '../../api/entity';
import type { Instance } from '../../api/history';
import { useLive } from '../../api/live';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, segment, usePlace } from '../../app/route';
import { useSettings } from '../../app/settings';
import { unitText } from '../../chart/Chart';
import { ago, aside, dateTime, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Empty, Failure, Loading, Value } from '../../ui/parts';
import { Simulated } from '../../ui/Simulated';
import { EditValue } from './EditValue';
import { EntityHistory } from './EntityHistory';
import { Json } from './Json';
import { Relations } from './Relations';
import { WhereMap } from './WhereMap';

const apart = new Set(['id', 'type', '@context', 'scope', 'createdAt', 'modifiedAt']);

const rank = (name: string) => (name === 'name' ? 0 : ['location', 'commonId', 'municipalityCode'].includes(name) ? 2 : 1);

export default function EntityPage() {
  const { path } = usePlace(), id = decodeURIComponent(path.slice('/explore/'.length));
  return <One id={id} key={id} />;
}

function One({ id }: { id: string }) {
  const entityPath = `${api}/entities/${segment(id)}`;
  const found = useAnswer(id, (signal) => Promise.all([
    get<Entity>(withQuery(entityPath, { format: 'simplified', join: 'inline' }), signal), get<Entity>(withQuery(entityPath, { options: 'sysAttrs' }), signal),
  ]).then(([simple, full]) => ({ simple: simple.data, full: full.data })));
  useLive(`id=${encodeURIComponent(id)}&local=true`, () => found.again(), found.again);
  const title = found.data && titleOf(found.data.simple);
  useEffect(() => {
    if (title) document.title = `${title} | ${t('brand')}`;
  }, [title]);
  if (!found.data) return <><h1><Text k="entity.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  const { simple, full } = found.data, observed = (name: string) => Number(Boolean((oneOf(full[name] as Instance | Instance[]))?.observedAt)), type = typeOf(simple), names = Object.keys(simple).filter((k) => !apart.has(k)).sort((a, b) => rank(a) - rank(b)), numbers = names.filter((k) => numberOf(simple[k]) !== null && observedOf({ ...simple, dateObserved: simple[k] }) === null).sort((a, b) => observed(b) - observed(a));
  return (
    <>
      <p className="crumbs"><Link to="/explore"><Text k="explore.title" /></Link> › <Link to={address('/explore', { type })}><Name kind="type" name={type} /></Link> ›</p>
      <h1><Title entity={simple} /> <Simulated when={simple.simulated} /></h1>
      <p className="note">{full.modifiedAt ? <Text k="entity.changed" values={{ when: dateTime(String(full.modifiedAt)) + aside(ago(String(full.modifiedAt))) }} /> : null}</p>
      <div className="two wide-left">
        <section className="card" aria-labelledby="facts-title">
          <h2 id="facts-title"><Text k="entity.facts.title" /></h2>
          {names.length ? (
            <dl className="facts">
              {names.filter((k) => k !== 'boundary').map((k) => <Fact key={k} entity={simple} full={full} name={k} onSaved={found.again} />)}
            </dl>
          ) : <Empty title={<Text k="entity.facts.none" />} />}
        </section>
        <WhereMap entity={simple} />
      </div>
      <Relations entity={simple} full={full} />
      {numbers.length > 0 && <EntityHistory id={id} title={titleOf(simple)} numbers={numbers} />}
      <Json id={id} />
    </>
  );
}

/** In easy Japanese with its reading, where there is one. */
function Title({ entity }: { entity: Entity }) {
  const { language } = useSettings(), reading = readingOf(entity);
  return language === 'easy' && reading ? <ruby>{titleOf(entity)}<rt>{reading}</rt></ruby> : titleOf(entity);
}

function Fact({ entity, full, name, onSaved }: { entity: Entity; full: Entity; name: string; onSaved: () => void }) {
  const instance = oneOf(full[name] as Instance | Instance[]), value = entity[name];
  return (
    <div>
      <dt><Name kind="attribute" name={name} /></dt>
      <dd>
        <Value value={value} />{typeof value === 'number' && instance?.unitCode ? ` ${unitText(instance.unitCode)}` : ''}
        {instance?.observedAt && <small className="block"><Text k="entity.observed" values={{ when: dateTime(instance.observedAt) }} /></small>}
        {instance?.type === 'Property' && (typeof value === 'number' || typeof value === 'string') && <EditValue entity={entity} name={name} value={value} instance={instance} onSaved={onSaved} />}
      </dd>
    </div>
  );
}
