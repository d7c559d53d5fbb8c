// The ways to open data: to find it, to compare, for staff to publish it.
import { Link } from '../../app/route';
import { type Key } from '../../i18n/text';
import { Text } from '../../i18n/Text';

const ways: [string, Key][] = [['/datasets', 'home.data.open'], ['/quality', 'home.data.quality']];

export function OpenData({ publish = false }: { publish?: boolean }) {
  const shown: [string, Key][] = publish ? [['/publish', 'home.data.publish'], ...ways] : ways;
  return (
    <section aria-labelledby="data-title">
      <h2 id="data-title"><Text k="home.data.title" /></h2>
      <ul className="tiles">{shown.map(([to, k]) => <li key={to}><Link to={to} className="tile"><span><Text k={k} /></span></Link></li>)}</ul>
    </section>
  );
}
