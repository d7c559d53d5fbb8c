// The data sets that fit a search: they come before single things, as they hold many.
import { datasetAddress, findDatasets } from '../../api/datasets';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, address } from '../../app/route';
import { Text } from '../../i18n/Text';

const few = 3;

export function DatasetsFound({ text }: { text: string }) {
  const { data } = useAnswer(`datasets ${text}`, (signal) => findDatasets({ q: text.trim() }, 0, few, signal));
  if (!data?.count) return null;
  return (
    <section className="card datasets-found" aria-labelledby="datasets-found-title">
      <h2 id="datasets-found-title"><Text k="search.datasets" /></h2>
      <ul className="list">
        {data.results.map((d) => <li key={d.name}><Link to={datasetAddress(d.name)} className="result">{say(d.title) || d.name}</Link>{d.publisher && <span className="side">{say(d.publisher.title)}</span>}</li>)}
      </ul>
      {data.count > few && <p><Link to={address('/datasets', { q: text.trim() })}><Text k="search.datasets.all" values={{ n: data.count }} /></Link></p>}
    </section>
  );
}
