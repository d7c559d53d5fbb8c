import { useSession } from '../../api/session';
import { go } from '../../app/route';
import { Text } from '../../i18n/Text';
import { DemoAccounts } from '../../ui/DemoAccounts';
import { Counts } from './Counts';
import { NearMe } from './NearMe';
import { OpenData } from './OpenData';
import { RegionMap } from './RegionMap';
import { SearchBox } from './SearchBox';

export default function Visitor() {
  const me = useSession();
  return (
    <>
      <div className="hero">
        <h1><Text k="home.heading" /></h1>
        <p className="lead"><Text k="home.lead" /></p>
        <SearchBox />
      </div>
      {me && <DemoAccounts me={me} onSignedIn={(home) => go(home || '/')} />}
      <OpenData />
      <section aria-labelledby="counts-title">
        <h2 id="counts-title"><Text k="counts.title" /></h2>
        <Counts />
      </section>
      <div className="two wide-right">
        <NearMe />
        <RegionMap />
      </div>
    </>
  );
}
