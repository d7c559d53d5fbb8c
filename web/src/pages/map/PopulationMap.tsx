import { useMemo } from 'react';
import type { Municipality } from '../../api/region';
import { entityAddress, go } from '../../app/route';
import { MapView, usePalette } from '../../map/MapView';
import { classCount } from '../../map/classes';
import { useLand } from '../../map/land';
import { rampOf } from '../../map/palette';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Legend } from './Legend';
import { classesFor, fills, valuesAt } from './colours';

const source = { attribute: 'population', per: '' } as const;

export default function PopulationMap({ list }: { list: Municipality[] }) {
  const palette = usePalette(), land = useLand(list);
  const values = useMemo(() => valuesAt(list, source, null), [list]), classes = useMemo(() => classesFor(list, source, []), [list]);
  const fill = useMemo(() => fills(values, classes, rampOf(palette, classCount(classes))), [values, classes, palette]);
  return (
    <>
      <MapView land={land} fill={fill} label={t('map.label', { n: list.length })} onChoose={(ids) => ids[0] && go(entityAddress(ids[0]))} />
      <Legend title={t('map.population')} classes={classes} palette={palette} lacking={list.length - values.size} />
      <p className="note"><Text k={land.some((l) => l.rings) ? 'map.source' : 'map.note'} /></p>
    </>
  );
}
