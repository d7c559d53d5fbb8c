// For people who work with data: what has numbers, and the ways to them.
import { api, get, withQuery } from '../../api/client';
import { type Entity, numberOf, titleOf } from '../../api/entity';
import { useTypes } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Link, address } from '../../app/route';
import { Name, Text } from '../../i18n/Text';
import { CopyLine, Empty, Failure, Loading } from '../../ui/parts';
import { OpenData } from './OpenData';
import { SearchBox } from './SearchBox';

interface Numbers {
  type: string;
  example: Entity;
  names: string[];
}

async function numbersOf(types: string[], signal: AbortSignal): Promise<Numbers[]> {
  const found = await Promise.all(types.map(async (type) => {
    const example = (await get<Entity[]>(withQuery(`${api}/entities`, { type, limit: 1, format: 'simplified', orderBy: 'population;desc' }), signal)).data[0];
    return example ? [{ type, example, names: Object.keys(example).filter((k) => numberOf(example[k]) !== null) }] : [];
  }));
  return found.flat().filter((n) => n.names.length);
}

export default function Professional() {
  const types = useTypes(), names = types.data?.map((i) => i.typeName);
  const numbers = useAnswer(names ? `numbers ${names.join()}` : null, (signal) => numbersOf(names!, signal));
  return (
    <>
      <div className="hero">
        <h1><Text k="professional.title" /></h1>
        <p className="lead"><Text k="professional.lead" /></p>
        <SearchBox />
      </div>
      <OpenData />
      <section aria-labelledby="numbers-title">
        <h2 id="numbers-title"><Text k="professional.numbers.title" /></h2>
        {!numbers.data ? numbers.error ? <Failure error={numbers.error} again={numbers.again} /> : <Loading /> : !numbers.data.length ? <Empty title={<Text k="professional.none" />} /> : (
          <div className="two">
            {numbers.data.map(({ type, example, names: attributes }) => (
              <div key={type} className="card">
                <h3><Name kind="type" name={type} /></h3>
                <ul className="list">
                  {attributes.map((a) => <li key={a}><Link to={address('/history', { s: `${example.id} ${a}` })}><Name kind="attribute" name={a} /></Link><span className="side">{titleOf(example)}</span></li>)}
                </ul>
                <p><Link to={address('/explore', { type })}><Text k="professional.all" /></Link></p>
              </div>
            ))}
          </div>
        )}
      </section>
      <section aria-labelledby="api-title">
        <h2 id="api-title"><Text k="professional.api.title" /></h2>
        <p><Text k="professional.api.lead" /></p>
        <CopyLine text={`curl -s '${location.origin}${api}/types?details=true'`} />
        <p><Link to="/developers"><Text k="nav.developers" /></Link></p>
      </section>
    </>
  );
}
