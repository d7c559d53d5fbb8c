// One data set: what it is, who gives it, how good it is, and its distributions to read and to take away.
import { useEffect } from 'react';
import { type Dataset, type Distribution, dataset } from '../../api/datasets';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, change, entityAddress, usePlace } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { QualityBars, StarSteps, Stars } from '../../ui/Stars';
import { CopyLine, Empty, Failure, Loading } from '../../ui/parts';
import { Facts } from '../datasets/Card';
import { DcatLinks } from '../datasets/Integrators';
import { About } from './About';
import { OneDistribution } from './OneDistribution';

export default function DatasetPage() {
  const { path } = usePlace(), name = decodeURIComponent(path.slice('/datasets/'.length)).replace(/\/$/, '');
  return <One name={name} key={name} />;
}

function One({ name }: { name: string }) {
  const found = useAnswer(`dataset ${name}`, (signal) => dataset(name, signal)), title = found.data && (say(found.data.title) || name);
  useEffect(() => {
    if (title) document.title = `${title} | ${t('brand')}`;
  }, [title]);
  if (!found.data) return <><h1><Text k="dataset.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  const description = say(found.data.description);
  return (
    <>
      <p className="crumbs"><Link to="/datasets"><Text k="datasets.title" /></Link> ›</p>
      <h1>{title}</h1>
      {description && <p className="lead">{description}</p>}
      <Facts dataset={found.data} />
      <Distributions of={found.data} />
      <div className="two wide-left">
        <About of={found.data} />
        {found.data.quality && (
          <section className="card" aria-labelledby="quality-title">
            <h2 id="quality-title"><Text k="dataset.quality.title" /></h2>
            <p><Stars quality={found.data.quality} /></p>
            <StarSteps stars={found.data.quality.stars} />
            <QualityBars quality={found.data.quality} />
            <p><Link to="/quality"><Text k="datasets.quality" /></Link></p>
          </section>
        )}
      </div>
      <Programs of={found.data} />
    </>
  );
}

function Distributions({ of }: { of: Dataset }) {
  const { query } = usePlace(), list = of.distributions, at = Math.min(Math.max(1, Number(query.get('file')) || 1), list.length) - 1, shown: Distribution | undefined = list[at];
  if (!shown) return <Empty title={<Text k="dataset.empty" />} />;
  return (
    <>
      {list.length > 1 && (
        <div className="tabs" role="group" aria-label={t('dataset.files')}>
          {list.map((d, i) => <button key={d.id} type="button" aria-pressed={i === at} onClick={() => change({ file: i ? i + 1 : undefined })}>{say(d.title) || d.fileName || d.format}</button>)}
        </div>
      )}
      <OneDistribution key={shown.id} of={of} distribution={shown} />
    </>
  );
}

function Programs({ of }: { of: Dataset }) {
  const id = `urn:ngsi-ld:Dataset:${of.name}`;
  return (
    <section className="card" aria-labelledby="programs-title">
      <h2 id="programs-title"><Text k="dataset.programs.title" /></h2>
      <h3>{'CKAN'}</h3>
      <CopyLine text={`curl -s '${location.origin}${address('/api/3/action/package_show', { id: of.name })}'`} />
      <h3>{'NGSI-LD'}</h3>
      <CopyLine text={`curl -s '${location.origin}/ngsi-ld/v1/entities/${id}?format=simplified'`} />
      <p><Link to={entityAddress(id)}><Text k="dataset.explore" /></Link></p>
      <h3>{'DCAT'}</h3>
      <DcatLinks at={`/catalog/datasets/${of.name}`} />
    </section>
  );
}
