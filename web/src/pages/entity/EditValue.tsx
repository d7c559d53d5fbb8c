// Staff and operators correct a value in its place. Without a line the change waits and is sent later.
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../../api/client';
import { type Entity, titleOf } from '../../api/entity';
import type { Instance } from '../../api/history';
import { write } from '../../api/queue';
import { segment } from '../../app/route';
import { useStaff } from '../../ui/Gate';
import { named, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';

export function EditValue({ entity, name, value, instance, onSaved }: { entity: Entity; name: string; value: number | string; instance: Instance; onSaved: () => void }) {
  const corrects = useStaff(), [text, setText] = useState<string | null>(null), [said, setSaid] = useState<{ key: 'edit.sent' | 'edit.waits' | 'edit.number' } | { reason: string } | null>(null);
  const box = useRef<HTMLInputElement>(null), open = text !== null;
  useEffect(() => {
    if (open) box.current?.focus();
  }, [open]);
  if (!corrects) return null;
  const label = t('edit.label', { name: named('attribute', name) });
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const next = typeof value === 'number' ? Number(text?.normalize('NFKC').replace(/,/g, '') || NaN) : text ?? '';
    if (typeof next === 'number' && !Number.isFinite(next)) return setSaid({ key: 'edit.number' });
    const body = { value: next, ...(instance.unitCode && { unitCode: instance.unitCode }), ...(instance.observedAt && { observedAt: new Date().toISOString() }) };
    try {
      const done = await write({ method: 'PATCH', path: `${api}/entities/${segment(entity.id)}/attrs/${segment(name)}`, body, title: `${titleOf(entity)} ${named('attribute', name)}: ${next}` });
      setText(null);
      if (done === 'sent') onSaved();
      setSaid({ key: done === 'sent' ? 'edit.sent' : 'edit.waits' });
    } catch (error) {
      setSaid({ reason: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <span className="edit">
      {text === null ? <button type="button" className="small" aria-label={label} onClick={() => (setSaid(null), setText(String(value)))}><Text k="action.edit" /></button> : (
        <form onSubmit={(e) => void submit(e)}>
          <input aria-label={label} value={text} inputMode={typeof value === 'number' ? 'decimal' : undefined} onChange={(e) => setText(e.target.value)} ref={box} />
          <button type="submit" className="small primary"><Text k="action.save" /></button>
          <button type="button" className="small" onClick={() => setText(null)}><Text k="action.cancel" /></button>
        </form>
      )}
      <span role="status">{said && ('key' in said ? <Text k={said.key} /> : <Text k="edit.refused" values={{ reason: said.reason }} />)}</span>
    </span>
  );
}
