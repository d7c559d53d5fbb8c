// Step 4: the data as it will be, on the map and as a table, before anybody else sees it.
import { Suspense, lazy, useMemo, useState } from 'react';
import { uploadPoints } from '../../api/uploads';
import { useMunicipalities } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Loading } from '../../ui/parts';
import { QualityBars } from '../../ui/Stars';
import { Rows } from './Rows';
import type { StepProps } from './Studio';

const PlacesMap = lazy(() => import('../dataset/PlacesMap'));

export function Look({ report, act, busy }: StepProps) {
  const [chosen, setChosen] = useState<number | null>(null), places = useMunicipalities();
  const found = useAnswer(`map ${report.id} ${report.counts.error} ${report.counts.warning} ${report.repaired?.length}`, (signal) => uploadPoints(report.id, signal));
  const marks = useMemo(() => (found.data ?? []).map((p) => ({ name: p.name, at: p.at, row: {}, layer: p.wrong ? 1 : 0 })), [found.data]), focus = useMemo(() => marks.map((m) => m.at), [marks]);
  const wrong = (found.data ?? []).filter((p) => p.wrong).length, point = chosen === null ? undefined : found.data?.[chosen];
  return (
    <>
      <p className="lead"><Text k="step.look.lead" /></p>
      {report.quality && <section className="card" aria-labelledby="look-quality"><h3 id="look-quality"><Text k="dataset.quality.title" /></h3><QualityBars quality={report.quality} /></section>}
      <section className="card" aria-labelledby="look-map">
        <h3 id="look-map"><Text k="dataset.map.title" /></h3>
        {!found.data || !places.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !marks.length ? <Empty title={<Text k="look.noplaces" />}><p><Text k="look.noplaces.do" /></p></Empty> : (
          <>
            <p role="status"><Text k="look.points" values={{ n: marks.length, wrong }} />{point && <strong className="block">{point.name}</strong>}</p>
            <Suspense fallback={<Loading />}><PlacesMap list={places.data} places={marks} focus={focus} chosen={chosen} onChoose={setChosen} /></Suspense>
          </>
        )}
      </section>
      <Rows report={report} act={act} busy={busy} begin="all" />
    </>
  );
}
