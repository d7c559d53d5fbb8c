// How many of each kind there are now; asked again every ten seconds.
import { useEffect } from 'react';
import { useTypes } from '../../api/region';
import { Link, address } from '../../app/route';
import { number } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Empty, Failure, Loading } from '../../ui/parts';

export function Counts() {
  const { data, error, again } = useTypes();
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), 10_000);
    return () => clearInterval(timer);
  }, [again]);
  if (!data) return error ? <Failure error={error} again={again} /> : <Loading />;
  if (!data.length) return <Empty title={<Text k="counts.none" />}><p><Text k="counts.none.do" /></p><p><Link to="/developers"><Text k="nav.developers" /></Link></p></Empty>;
  return (
    <ul className="tiles counts">
      {data.map(({ typeName, entityCount }) => (
        <li key={typeName}><Link to={typeName === 'Dataset' ? '/datasets' : address('/explore', { type: typeName })} className="tile"><span><Name kind="type" name={typeName} /></span><strong>{number(entityCount)}</strong></Link></li>
      ))}
    </ul>
  );
}
