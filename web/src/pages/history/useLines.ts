// Several series, each as a line that grows while one looks.
import { useMemo, useState } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, oneOf, titleOf } from '../../api/entity';
import { type Instance, type Point, pointOf, series, withPoint } from '../../api/history';
import { useLive } from '../../api/live';
import { useAnswer } from '../../api/useAnswer';
import { segment } from '../../app/route';
import type { Line } from '../../chart/lines';
import { named } from '../../i18n/text';

export interface Pick {
  id: string;
  attribute: string;
}
const keyOf = ({ id, attribute }: Pick) => `${id} ${attribute}`;

export function useLines(picks: Pick[], from: number | null) {
  const key = picks.map(keyOf).join('\n');
  const [grown, setGrown] = useState<{ key: string; points: Map<string, Point[]> }>({ key: '', points: new Map() });
  const found = useAnswer(picks.length ? `${key} ${from ? Math.round(from / 60e3) : ''}` : null, (signal) => Promise.all(picks.map(async (pick) => {
    const [past, entity] = await Promise.all([series(pick.id, pick.attribute, from, signal), get<Entity>(withQuery(`${api}/entities/${segment(pick.id)}`, { format: 'simplified' }), signal)]);
    return { ...pick, ...past, title: titleOf(entity.data) };
  })));
  const ids = [...new Set(picks.map((p) => p.id))], attributes = [...new Set(picks.map((p) => p.attribute))];
  const connected = useLive(picks.length ? `id=${ids.map(encodeURIComponent).join()}&attrs=${attributes.map(encodeURIComponent).join()}&local=true&options=sysAttrs` : null, ({ event, id, entity }) => {
    if (event === 'entityDeleted') return;
    setGrown((before) => {
      const points = new Map(before.key === key ? before.points : []);
      for (const s of found.data ?? []) {
        const point = s.id === id ? pointOf(oneOf(entity[s.attribute] as Instance | Instance[] | undefined), s.by) : null;
        if (point) points.set(keyOf(s), [...(points.get(keyOf(s)) ?? []), point]);
      }
      return { key, points };
    });
  }, found.again);
  const same = picks.length > 1 && attributes.length === 1; // then the attribute need not be said with each
  const lines = useMemo<Line[]>(() => (found.data ?? []).map((s) => ({
    name: same ? s.title : `${s.title} ${named('attribute', s.attribute)}`, unit: s.unit, points: (grown.key === key ? grown.points.get(keyOf(s)) ?? [] : []).reduce(withPoint, s.points),
  })), [found.data, grown, key, same]);
  return { lines: picks.length ? lines : [], error: found.error, loading: found.loading, again: found.again, connected, same };
}
