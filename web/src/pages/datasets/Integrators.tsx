// For those who take the whole catalogue: DCAT in its forms, CKAN's API.
import { Text } from '../../i18n/Text';
import { CopyLine } from '../../ui/parts';

const forms = [['JSON-LD', '.jsonld'], ['Turtle', '.ttl'], ['RDF/XML', '.rdf']] as const;

/** Links to the catalogue, or to one data set of it, in DCAT. */
export const DcatLinks = ({ at }: { at: string }) => <span className="links">{forms.map(([name, suffix]) => <a key={suffix} href={at + suffix}>{name}</a>)}</span>;

export function Integrators() {
  return (
    <section className="card" aria-labelledby="integrators-title">
      <h2 id="integrators-title"><Text k="datasets.integrators.title" /></h2>
      <p><Text k="datasets.integrators.lead" /></p>
      <dl className="facts">
        <div><dt>{'DCAT 3'}</dt><dd><DcatLinks at="/catalog" /></dd></div>
        <div><dt>{'CKAN Action API v3'}</dt><dd><CopyLine text={`curl -s '${location.origin}/api/3/action/package_search?rows=10'`} /></dd></div>
      </dl>
    </section>
  );
}
