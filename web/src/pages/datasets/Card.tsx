// One data set in a list.
import './datasets.css';
import type { ReactNode } from 'react';
import { type DatasetSummary } from '../../api/datasets';
import { say } from '../../api/entity';
import { licenceOf } from '../../api/licences';
import { ago, date } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Stars } from '../../ui/Stars';

/** Who, how good, in which forms, under which licence, how new: in one line. */
export function Facts({ dataset }: { dataset: DatasetSummary }) {
  const licence = licenceOf(dataset.license);
  return (
    <p className="dataset-facts">
      {dataset.publisher && <span>{say(dataset.publisher.title)}</span>}
      {dataset.quality && <Stars quality={dataset.quality} />}
      {dataset.formats.length > 0 && <span>{dataset.formats.map((f) => <span className="tag" key={f}>{f}</span>)}</span>}
      {licence && <span><Text k={`licence.${licence}`} /></span>}
      {dataset.modified && <span title={date(dataset.modified)}><Text k="datasets.updated" values={{ when: ago(dataset.modified) }} /></span>}
    </p>
  );
}

export function Card({ dataset, title }: { dataset: DatasetSummary; title: ReactNode }) {
  const description = say(dataset.description);
  return (
    <article className="card dataset-card">
      <h3>{title}</h3>
      {description && <p className="clamp">{description}</p>}
      <Facts dataset={dataset} />
    </article>
  );
}
