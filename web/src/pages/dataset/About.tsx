// Who gives the data set, under which licence, how often it changes, whom to ask.
import type { ReactNode } from 'react';
import { type Dataset } from '../../api/datasets';
import { say } from '../../api/entity';
import { licenceOf } from '../../api/licences';
import { useStandards } from '../../api/uploads';
import { Link, address, entityAddress } from '../../app/route';
import { ago, aside, date } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';

export function About({ of }: { of: Dataset }) {
  const licence = licenceOf(of.license), contact = of.contactPoint, standard = useStandards().data?.find((s) => s.key === of.conformsTo);
  const fact = (name: ReactNode, value: ReactNode) => <div><dt>{name}</dt><dd>{value}</dd></div>;
  return (
    <section className="card" aria-labelledby="about-title">
      <h2 id="about-title"><Text k="dataset.about.title" /></h2>
      <dl className="facts">
        {of.publisher && fact(<Text k="facet.publisher" />, <Link to={address('/datasets', { publisher: of.publisher.id })}>{say(of.publisher.title)}</Link>)}
        {of.spatial && of.spatial.id !== of.publisher?.id && fact(<Text k="dataset.spatial" />, <Link to={entityAddress(of.spatial.id)}>{say(of.spatial.title)}</Link>)}
        {of.license && fact(<Text k="dataset.licence" />, licence ? <><strong><Text k={`licence.${licence}`} /></strong><br /><Text k={`licence.plain.${licence}`} /><br /><a href={of.license} rel="noreferrer"><Text k="dataset.licence.whole" /></a></> : <a href={of.license} rel="noreferrer">{of.license}</a>)}
        {of.accrualPeriodicity && fact(<Text k="dataset.frequency" />, <Name kind="value" name={of.accrualPeriodicity} />)}
        {of.modified && fact(<Text k="changed" />, `${date(of.modified)}${aside(ago(of.modified))}`)}
        {of.issued && fact(<Text k="dataset.issued" />, date(of.issued))}
        {of.conformsTo && fact(<Text k="facet.standard" />, <Link to={address('/datasets', { standard: of.conformsTo })}>{standard ? say(standard.title) : of.conformsTo}</Link>)}
        {Boolean(of.theme?.length) && fact(<Text k="facet.theme" />, of.theme!.map((key) => <Link key={key} className="tag" to={address('/datasets', { theme: key })}><Name kind="value" name={key} /></Link>))}
        {Boolean(of.keyword?.length) && fact(<Text k="facet.keyword" />, of.keyword!.map((word) => <Link key={word} className="tag" to={address('/datasets', { keyword: word })}>{word}</Link>))}
        {contact && fact(<Text k="dataset.contact" />, (
          <>
            {contact.name && <span className="block">{contact.name}</span>}
            {contact.telephone && <span className="block"><a href={`tel:${contact.telephone}`}>{contact.telephone}</a></span>}
            {contact.email && <span className="block"><a href={`mailto:${contact.email}`}>{contact.email}</a></span>}
            {contact.url && <a href={contact.url} rel="noreferrer">{contact.url}</a>}
          </>
        ))}
        {of.harvestedFrom && fact(<Text k="dataset.harvested" />, <a href={of.harvestedFrom} rel="noreferrer">{of.harvestedFrom}</a>)}
      </dl>
    </section>
  );
}
