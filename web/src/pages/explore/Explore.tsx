// Every kind of data: what it has, and its entities in a table.
import { useEffect } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, titleOf } from '../../api/entity';
import { type TypeInfo, useTypes } from '../../api/region';
import { useLive } from '../../api/live';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, change, entityAddress, usePlace } from '../../app/route';
import { named, number, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { CopyLine, Empty, Failure, Field, Loading, Pager, Unseen, Value } from '../../ui/parts';
import { Counts } from '../home/Counts';

const size = 25, mostColumns = 5;
const last = ['location', 'refMunicipality', 'commonId', 'municipalityCode', 'note', 'species', 'condition'];

/** The attributes worth a column: the name stands first anyway. */
function columnsOf(info: TypeInfo | undefined): string[] {
  const names = info?.attributeDetails.map((a) => a.attributeName).filter((n) => !['name', 'location', 'boundary'].includes(n)) ?? [];
  return names.sort((a, b) => Number(last.includes(a)) - Number(last.includes(b))).slice(0, mostColumns);
}

export default function Explore() {
  const { query } = usePlace(), type = query.get('type') ?? '', types = useTypes();
  if (!type) return <><h1><Text k="explore.title" /></h1><p className="lead"><Text k="explore.lead" /></p><Counts /></>;
  const info = types.data?.find((i) => i.typeName === type);
  return (
    <>
      <p className="crumbs"><Link to="/explore"><Text k="explore.title" /></Link> ›</p>
      <h1><Name kind="type" name={type} /></h1>
      {types.error ? <Failure error={types.error} again={types.again} /> : !types.data ? <Loading /> : !info ? <Empty title={<Text k="explore.none" />}><Unseen /><p><Link to="/explore"><Text k="explore.title" /></Link></p></Empty> : <Table key={type} info={info} refresh={types.again} />}
    </>
  );
}

function Table({ info, refresh }: { info: TypeInfo; refresh: () => void }) {
  const { query } = usePlace(), page = Math.max(1, Number(query.get('page')) || 1), order = query.get('order') ?? '';
  const columns = columnsOf(info), parameters = { type: info.typeName, ...(order && { orderBy: order }), format: 'simplified' };
  const path = withQuery(`${api}/entities`, { ...parameters, limit: size, offset: (page - 1) * size || undefined, count: 'true' });
  const found = useAnswer(path, (signal) => get<Entity[]>(path, signal));
  useLive(`type=${encodeURIComponent(info.typeName)}`, () => { found.again(); refresh(); });
  useEffect(() => {
    document.title = `${named('type', info.typeName)} | ${t('brand')}`;
  });
  const located = info.attributeDetails.some((a) => a.attributeName === 'location');
  return (
    <>
      <div className="tools">
        <Field label={<Text k="explore.order" />}>
          <select value={order} onChange={(e) => change({ order: e.target.value, page: undefined })}>
            <option value="">{t('explore.order.none')}</option>
            {['name', ...columns].map((a) => [a, `${a};desc`].map((o) => <option key={o} value={o}>{t(o === a ? 'explore.order.up' : 'explore.order.down', { name: named('attribute', a) })}</option>))}
          </select>
        </Field>
        <Link to={address('/search', { type: info.typeName })} className="button"><Text k="explore.search" /></Link>
        {located && info.typeName !== 'Municipality' && <Link to={address('/map', { type: info.typeName })} className="button"><Text k="search.map" /></Link>}
        {info.typeName === 'Municipality' && <Link to="/map" className="button"><Text k="search.map" /></Link>}
      </div>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <>
          <p role="status" className="result-count"><Text k="search.count" values={{ n: found.data.count }} /></p>
          <div className="table-box" tabIndex={0} role="group" aria-label={named('type', info.typeName)}>
            <table>
              <thead><tr><th scope="col"><Text k="name" /></th>{columns.map((c) => <th key={c} scope="col" className={typeof found.data!.data[0]?.[c] === 'number' ? 'number' : undefined}><Name kind="attribute" name={c} /></th>)}</tr></thead>
              <tbody>
                {found.data.data.map((e) => (
                  <tr key={e.id}>
                    <th scope="row"><Link to={entityAddress(e.id)}>{titleOf(e)}</Link></th>
                    {columns.map((c) => <td key={c} className={typeof e[c] === 'number' ? 'number' : undefined}>{typeof e[c] === 'number' ? number(e[c] as number) : <Value value={e[c]} />}</td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Pager page={page} size={size} count={found.data.count} onPage={(p) => { change({ page: p }, false); scrollTo(0, 0); }} />
        </>
      )}
      <section className="card" aria-labelledby="call-title">
        <h2 id="call-title"><Text k="entity.call.title" /></h2>
        <CopyLine text={`curl -s '${location.origin}${withQuery(`${api}/entities`, { ...parameters, limit: 1000 })}'`} />
        <p><Text k="explore.attributes" />: {info.attributeDetails.map((a) => <span className="tag" key={a.attributeName}><Name kind="attribute" name={a.attributeName} /></span>)}</p>
      </section>
    </>
  );
}
