// What is stuck on the device: its name and a QR code that leads to its page.
import { useMemo } from 'react';
import { Text } from '../../i18n/Text';
import { t } from '../../i18n/text';
import { qr, qrPath } from '../../ui/qr';
import { deviceAddress } from './Devices';

export function Code({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => qr(text), [text]);
  if (!rows) return <p className="note"><Text k="label.long" /></p>;
  return <svg viewBox={`-4 -4 ${rows.length + 8} ${rows.length + 8}`} role="img" aria-label={label}><path d={qrPath(rows)} fill="#000" /></svg>;
}

export function Label({ id, title, serial }: { id: string; title: string; serial: string }) {
  return (
    <section className="card" aria-labelledby="label-title">
      <h2 id="label-title"><Text k="label.title" /></h2>
      <div className="qr-label">
        <Code text={location.origin + deviceAddress(id)} label={t('label.code', { name: title })} />
        <div><p><strong>{title}</strong></p><p>{serial}</p><p className="no-print"><button type="button" onClick={() => print()}><Text k="label.print" /></button></p></div>
      </div>
    </section>
  );
}
