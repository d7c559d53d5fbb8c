// A distribution: to take away, on the map and near an address, as a table, in its versions, for programs.
import { withQuery } from '../../api/client';
import { type Dataset, type Distribution, rowsPath } from '../../api/datasets';
import { say } from '../../api/entity';
import { useStandards } from '../../api/uploads';
import { Link, address } from '../../app/route';
import { aside, bytes, number, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { CopyLine } from '../../ui/parts';
import { Points } from './Points';
import { Preview } from './Preview';
import { Versions } from './Versions';

/** It has places when it can be had as GeoJSON. */
const hasPlaces = ({ downloads_as = [] }: Distribution) => downloads_as.some((d) => d.format.toLowerCase() === 'geojson');

export function OneDistribution({ of, distribution }: { of: Dataset; distribution: Distribution }) {
  const type = useStandards().data?.find((s) => s.key === of.conformsTo)?.entityType;
  const facts = [
    distribution.rows !== undefined && t('dataset.rows', { n: distribution.rows }), distribution.byteSize !== undefined && bytes(distribution.byteSize),
    distribution.version !== undefined && t('version.number', { n: distribution.version }), distribution.downloads !== undefined && t('dataset.downloads', { n: distribution.downloads }),
  ].filter(Boolean);
  return (
    <>
      <section className="card" aria-labelledby="take-title">
        <h2 id="take-title"><Text k="dataset.take.title" /></h2>
        <p><strong>{say(distribution.title) || distribution.fileName}</strong> <span className="tag">{distribution.format}</span> <span className="note">{facts.join(' · ')}</span></p>
        {distribution.kind === 'link' ? <p><a className="button" href={distribution.url} rel="noreferrer"><Text k="dataset.elsewhere" />{aside(distribution.format)}</a></p> : <Downloads of={distribution} />}
        {distribution.kind === 'query' && <p className="note"><Text k="dataset.live" /></p>}
        {type && distribution.kind !== 'link' && <p><Link to={address('/explore', { type })}><Text k="dataset.explore.type" />: <Name kind="type" name={type} /></Link></p>}
      </section>
      {distribution.kind !== 'link' && (
        <>
          {hasPlaces(distribution) && <Points distribution={distribution} />}
          <Preview id={distribution.id} live={distribution.kind === 'query'} />
          {distribution.kind === 'file' && <Versions distribution={distribution} />}
          <section className="card" aria-labelledby="rows-call-title">
            <h2 id="rows-call-title"><Text k="dataset.call.title" values={{ n: number(5) }} /></h2>
            <CopyLine text={`curl -s '${location.origin}${rowsPath(distribution.id, { limit: 5 })}'`} />
          </section>
        </>
      )}
    </>
  );
}

const known = ['csv', 'csv-sjis', 'xlsx', 'json', 'geojson', 'jsonld', 'original'] as const;

function Downloads({ of }: { of: Distribution }) {
  const at = (name: string) => of.downloads_as?.find((d) => d.format.toLowerCase() === name)?.url, csv = at('csv');
  const offered = known.flatMap((name) => {
    const url = name !== 'csv-sjis' ? at(name) : csv && withQuery(csv, { encoding: 'shift_jis' });
    return url ? [{ name, url }] : [];
  });
  return (
    <ul className="downloads">
      {offered.map(({ name, url }, i) => <li key={name}><a className={i ? 'button' : 'button primary'} href={url} download><Text k={`download.${name}`} /></a></li>)}
    </ul>
  );
}
