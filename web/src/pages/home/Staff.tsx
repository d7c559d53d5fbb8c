// For staff of a municipality: what is here about it, how fresh and how complete.
import { api, get, withQuery } from '../../api/client';
import { type Entity, valueText } from '../../api/entity';
import { type TypeInfo, countOf, useMunicipalities, useTypes } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, entityAddress } from '../../app/route';
import { change, useSettings } from '../../app/settings';
import { ago, dateTime, number, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { Empty, Failure, Loading } from '../../ui/parts';
import { OpenData } from './OpenData';

interface Row {
  type: string;
  count: number;
  changed: string | undefined;
  /** Of each attribute, how many have it. */
  attributes: { name: string; count: number }[];
}

async function rowOf(info: TypeInfo, q: string, signal: AbortSignal): Promise<Row> {
  const type = info.typeName, count = await countOf({ type, q }, signal);
  if (!count) return { type, count, changed: undefined, attributes: [] };
  const names = info.attributeDetails.map((a) => a.attributeName);
  const [newest, counts] = await Promise.all([
    get<Entity[]>(withQuery(`${api}/entities`, { type, q, orderBy: 'modifiedAt;desc', limit: 1, format: 'simplified', options: 'sysAttrs' }), signal),
    Promise.all(names.map((name) => countOf({ type, q: `${q};${name}` }, signal))),
  ]);
  return { type, count, changed: newest.data[0]?.modifiedAt as string | undefined, attributes: names.map((name, i) => ({ name, count: counts[i]! })).sort((a, b) => a.count - b.count) };
}

export default function Staff() {
  const { municipality } = useSettings(), places = useMunicipalities(), mine = places.data?.find((m) => m.id === municipality);
  const types = useTypes(), tied = types.data?.filter((i) => i.attributeDetails.some((a) => a.attributeName === 'refMunicipality'));
  const rows = useAnswer(mine && tied ? `staff ${mine.id} ${tied.length}` : null, (signal) => Promise.all(tied!.map((i) => rowOf(i, `refMunicipality=="${mine!.id}"`, signal))));
  const here = rows.data?.filter((r) => r.count);
  return (
    <>
      <div className="hero">
        <h1>{mine ? <Text k="staff.heading" values={{ name: valueText(mine.name) }} /> : <Text k="staff.title" />}</h1>
        <p className="lead"><Text k="staff.lead" /></p>
        <MunicipalityChoice value={municipality} onChange={(id) => change({ municipality: id })} none={t('choose')} />
      </div>
      <OpenData publish />
      {!mine ? <Empty title={<Text k="staff.choose" />} /> : rows.error ? <Failure error={rows.error} again={rows.again} /> : !here ? <Loading /> : !here.length ? <Empty title={<Text k="staff.none" />}><p><Text k="staff.none.do" /></p></Empty> : (
        <>
          <section aria-labelledby="staff-data">
            <h2 id="staff-data"><Text k="staff.data.title" /></h2>
            <div className="table-box" tabIndex={0} role="group" aria-labelledby="staff-data">
              <table>
                <thead><tr><th scope="col"><Text k="type" /></th><th scope="col" className="number"><Text k="count" /></th><th scope="col"><Text k="changed" /></th><th scope="col"><Text k="staff.open.heading" /></th></tr></thead>
                <tbody>
                  {here.map((r) => (
                    <tr key={r.type}>
                      <th scope="row"><Name kind="type" name={r.type} /></th>
                      <td className="number">{number(r.count)}</td>
                      <td>{r.changed && <><span className="nowrap">{ago(r.changed)}</span><br /><small>{dateTime(r.changed)}</small></>}</td>
                      <td><Link to={address('/search', { type: r.type, municipality: mine.id })}><Text k="staff.list" /></Link> · <Link to={address('/map', { type: r.type, municipality: mine.id })}><Text k="nav.map" /></Link></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          <section aria-labelledby="staff-complete">
            <h2 id="staff-complete"><Text k="staff.complete.title" /></h2>
            <p><Text k="staff.complete.lead" /></p>
            <div className="two">
              {here.map((r) => (
                <div key={r.type} className="card">
                  <h3><Name kind="type" name={r.type} /></h3>
                  <ul className="bars">
                    {r.attributes.map((a) => (
                      <li key={a.name}><span><Name kind="attribute" name={a.name} /></span><meter min={0} max={r.count} value={a.count} aria-label={`${a.count} / ${r.count}`} /><span className="side nowrap">{number(Math.floor((a.count / r.count) * 100))} %</span></li>
                    ))}
                  </ul>
                </div>
              ))}
            </div>
          </section>
          <p><Link to={entityAddress(mine.id)} className="button"><Text k="resident.more" /></Link></p>
        </>
      )}
    </>
  );
}
