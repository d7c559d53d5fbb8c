// The entity as programs see it, in each representation, and the call that gives it.
import { useState } from 'react';
import { api, request, withQuery } from '../../api/client';
import { useAnswer } from '../../api/useAnswer';
import { segment } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { CopyLine, Failure, Loading } from '../../ui/parts';

const forms = ['normalized', 'concise', 'simplified', 'geojson', 'temporal'] as const;
type Form = (typeof forms)[number];
const most = 20_000;

function call(id: string, form: Form): { path: string; accept?: string } {
  const path = `${api}/entities/${segment(id)}`;
  if (form === 'geojson') return { path, accept: 'application/geo+json' };
  if (form === 'temporal') return { path: withQuery(`${api}/temporal/entities/${segment(id)}`, { format: 'temporalValues' }) };
  return { path: withQuery(path, form === 'normalized' ? {} : { format: form }) };
}

export function Json({ id }: { id: string }) {
  const [form, setForm] = useState<Form>('normalized'), [open, setOpen] = useState(false), { path, accept } = call(id, form);
  const found = useAnswer(open ? `${path} ${accept}` : null, async (signal) => {
    const text = JSON.stringify(await (await request(path, { signal, headers: accept ? { Accept: accept } : {} })).json(), null, 2);
    return { text: text.slice(0, most), cut: text.length > most };
  });
  return (
    <section className="card" aria-labelledby="json-title">
      <h2 id="json-title"><Text k="entity.json.title" /></h2>
      <div className="tabs" role="group" aria-label={t('entity.json.title')}>{forms.map((f) => <button key={f} type="button" aria-pressed={f === form} onClick={() => setForm(f)}><Text k={`json.${f}`} /></button>)}</div>
      <h3><Text k="entity.call.title" /></h3>
      <CopyLine text={`curl -s '${location.origin}${path}'${accept ? ` -H 'Accept: ${accept}'` : ''}`} />
      <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
        <summary><Text k="entity.json.show" /></summary>
        {!open ? null : found.error ? <Failure error={found.error} again={found.again} /> : !found.data ? <Loading /> : <><pre className="json" tabIndex={0}>{found.data.text}</pre>{found.data.cut && <p className="note"><Text k="entity.json.cut" /></p>}</>}
      </details>
    </section>
  );
}
