// Writing a value or a target of an indicator, and taking it back.
import { api, get, send, withQuery } from '../../api/client';
import { type Indicator, type Target, enteredDataset, listOf } from '../../api/plan';
import { write } from '../../api/queue';
import { segment } from '../../app/route';

const entityPath = (indicator: Indicator) => `${api}/entities/${segment(indicator.id)}`;
const pastPath = (indicator: Indicator) => `${api}/temporal/entities/${segment(indicator.id)}`;
/** Midnight of a day of the region. */
export const dayInstant = (day: string): string => new Date(`${day}T00:00:00+09:00`).toISOString();

interface Written {
  value: number;
  day: string;
  source: string;
}

/** What undoes a change. */
export type Undo = () => Promise<void>;

/** A value that is older than the newest one goes into the past, another becomes what is. Says how to take it back; null: it waits for the line. */
export async function enterValue(indicator: Indicator, { value, day, source }: Written): Promise<Undo | null> {
  const at = dayInstant(day), before = indicator.entered;
  const instance = {
    type: 'Property', value, observedAt: at, ...(indicator.unitCode && { unitCode: indicator.unitCode }), ...(indicator.definition && { datasetId: enteredDataset }),
    provenance: { type: 'Property', value: { kind: 'entered', source: { ja: source } } },
  };
  const late = before !== null && Date.parse(before.at) > Date.parse(at);
  const done = await write({ method: 'POST', path: late ? `${pastPath(indicator)}/attrs` : `${entityPath(indicator)}/attrs`, body: { kpiValue: late ? [instance] : instance }, title: `${indicator.name}: ${value}` });
  if (done === 'waits') return null;
  return async () => {
    if (!late) await putBack(indicator);
    await forget(indicator, at, value);
  };
}

/** What was before the newest value becomes what is again; without one there is none. */
async function putBack(indicator: Indicator): Promise<void> {
  const before = indicator.entered, query = indicator.definition ? { datasetId: enteredDataset } : {};
  if (!before) {
    await send('DELETE', withQuery(`${entityPath(indicator)}/attrs/kpiValue`, query));
    return;
  }
  await send('POST', `${entityPath(indicator)}/attrs`, { kpiValue: {
    type: 'Property', value: before.value, observedAt: before.at, ...(indicator.unitCode && { unitCode: indicator.unitCode }), ...(indicator.definition && { datasetId: enteredDataset }),
    provenance: { type: 'Property', value: before.provenance },
  } });
}

/** Takes the remembered value of this moment out of the past. */
async function forget(indicator: Indicator, at: string, value: number): Promise<void> {
  const { data } = await get<Record<string, unknown>>(withQuery(pastPath(indicator), { attrs: 'kpiValue', lastN: 5000, options: 'sysAttrs' }));
  for (const found of listOf(data.kpiValue)) {
    if (Date.parse(found.observedAt ?? '') !== Date.parse(at) || found.value !== value || typeof found.instanceId !== 'string') continue;
    await send('DELETE', `${pastPath(indicator)}/attrs/kpiValue/${segment(found.instanceId)}`);
  }
}

const targetBody = (indicator: Indicator, target: Target) => ({
  type: 'Property', value: target.value, ...(target.plan && { datasetId: target.plan }), ...(indicator.unitCode && { unitCode: indicator.unitCode }),
  ...(target.due && { dueDate: { type: 'Property', value: target.due } }), ...(target.note && { note: { type: 'Property', value: { ja: target.note } } }),
});

export async function enterTarget(indicator: Indicator, target: Target): Promise<Undo | null> {
  const before = indicator.targets.find((t) => t.plan === target.plan), path = `${entityPath(indicator)}/attrs`;
  const done = await write({ method: 'POST', path, body: { target: targetBody(indicator, target) }, title: `${indicator.name}: ${target.value}` });
  if (done === 'waits') return null;
  return async () => {
    if (before) await send('POST', path, { target: targetBody(indicator, before) });
    else await send('DELETE', withQuery(`${path}/target`, { datasetId: target.plan || undefined }));
  };
}
