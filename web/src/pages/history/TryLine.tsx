// With little to see yet: how to make a line move.
import { api } from '../../api/client';
import { segment } from '../../app/route';
import type { Line } from '../../chart/lines';
import { Text } from '../../i18n/Text';
import { CopyLine } from '../../ui/parts';
import type { Pick } from './useLines';

export function TryLine({ pick, line }: { pick: Pick; line: Line }) {
  const last = line.points.at(-1);
  if (!last || line.points.length > 3) return null;
  const next = Number.isInteger(last.v) ? last.v + 1 : Math.round((last.v * 1.02 + 0.01) * 100) / 100;
  return (
    <section className="card" aria-labelledby="try-title">
      <h2 id="try-title"><Text k="history.try.title" /></h2>
      <CopyLine text={`curl -X PATCH '${location.origin}${api}/entities/${segment(pick.id)}/attrs/${segment(pick.attribute)}' -H 'Content-Type: application/json' -d '{"value":${next}}'`} />
    </section>
  );
}
