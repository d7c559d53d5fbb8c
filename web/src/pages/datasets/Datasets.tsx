// Open data: search with facets; the address keeps the search.
import { type DatasetQuery, type DatasetSummary, type FacetName, type FoundDatasets, datasetAddress, facetNames, findDatasets, orders } from '../../api/datasets';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, usePlace } from '../../app/route';
import { useSettings } from '../../app/settings';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Field, Loading, Pager } from '../../ui/parts';
import { SearchBox } from '../../ui/SearchBox';
import { Card } from './Card';
import { Facets, useFacetTitle } from './Facets';
import { Integrators } from './Integrators';

const size = 20;

export default function Datasets() {
  const { query } = usePlace(), { role } = useSettings(), page = Math.max(1, Number(query.get('page')) || 1);
  const asked: DatasetQuery = Object.fromEntries(['q', 'sort', ...facetNames].flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : [])));
  const sort = asked.sort ?? (asked.q ? 'relevance' : 'modified');
  const found = useAnswer(JSON.stringify([asked, page]), (signal) => findDatasets({ ...asked, sort }, (page - 1) * size, size, signal));
  const narrow = (name: FacetName, value: string | undefined) => change({ [name]: value, page: undefined }, false);
  const isNarrowed = facetNames.some((name) => asked[name]);
  return (
    <>
      <h1><Text k="datasets.title" /></h1>
      <p className="lead"><Text k="datasets.lead" /></p>
      <p className="links"><Link to="/quality" className="button"><Text k="datasets.quality" /></Link>{role === 'staff' && <Link to="/publish" className="button"><Text k="publish.begin" /></Link>}</p>
      <SearchBox id="dataset-search" label="datasets.search" example="datasets.example" asked={asked.q ?? ''} />
      {found.error && <Failure error={found.error} again={found.again} />}
      {!found.data ? !found.error && <Loading /> : (
        <div className="facets-and-list">
          <Facets facets={found.data.facets} chosen={asked} onChoose={narrow} />
          <section aria-labelledby="found-title">
            <div className="tools">
              <h2 id="found-title" className="result-count"><span role="status"><Text k="datasets.count" values={{ n: found.data.count }} /></span></h2>
              <Field label={<Text k="explore.order" />}>
                <select value={sort} onChange={(e) => change({ sort: e.target.value, page: undefined })}>
                  {orders.map((o) => <option key={o} value={o}>{t(`datasets.order.${o}`)}</option>)}
                </select>
              </Field>
            </div>
            {isNarrowed && <Chosen asked={asked} facets={found.data.facets} onChoose={narrow} />}
            <List results={found.data.results} narrowed={isNarrowed || Boolean(asked.q)} />
            <Pager page={page} size={size} count={found.data.count} onPage={(p) => { change({ page: p }, false); scrollTo(0, 0); }} />
          </section>
        </div>
      )}
      <Integrators />
    </>
  );
}

/** What narrows the search, each with a button that takes it away. */
function Chosen({ asked, facets, onChoose }: { asked: DatasetQuery; facets: FoundDatasets['facets']; onChoose: (name: FacetName, value: string | undefined) => void }) {
  const titleOf = useFacetTitle();
  return (
    <ul className="chips">
      {facetNames.filter((name) => asked[name]).map((name) => {
        const title = titleOf(name, facets[name]?.find((v) => v.key === asked[name]) ?? { key: asked[name]!, count: 0 });
        return <li key={name}><span><Text k={`facet.${name}`} />: {title}</span><button type="button" className="small" aria-label={t('datasets.without', { name: title })} onClick={() => onChoose(name, undefined)}>×</button></li>;
      })}
    </ul>
  );
}

function List({ results, narrowed }: { results: DatasetSummary[]; narrowed: boolean }) {
  if (!results.length) {
    return narrowed
      ? <Empty title={<Text k="datasets.none" />}><p><Text k="datasets.none.do" /></p><p><Link to="/datasets" className="button"><Text k="datasets.clear" /></Link></p></Empty>
      : <Empty title={<Text k="datasets.nothing" />}><p><Text k="datasets.nothing.do" /></p><p><Link to="/publish" className="button"><Text k="publish.begin" /></Link></p></Empty>;
  }
  return <ol className="dataset-list">{results.map((d) => <li key={d.name}><Card dataset={d} title={<Link to={datasetAddress(d.name)} className="result">{say(d.title) || d.name}</Link>} /></li>)}</ol>;
}
