// Tenants: a municipality is taken in with one form; what each may use, and uses.
import '../sign-in/sign-in.css';
import { type FormEvent, useState } from 'react';
import { type Quotas, type Tenant, addTenant, setQuotas, tenants } from '../../api/administration';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { bytes, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Gate } from '../../ui/Gate';
import { CopyLine, Empty, Failure, Field, Loading } from '../../ui/parts';

export default function Tenants() {
  return <><h1><Text k="tenants.title" /></h1><Gate may={['tenants']}>{() => <All />}</Gate></>;
}

function All() {
  const found = useAnswer('tenants', tenants), { again } = found;
  return (
    <>
      <p className="lead"><Text k="tenants.lead" /></p>
      <section aria-labelledby="tenants-list">
        <h2 id="tenants-list"><Text k="tenants.list" /></h2>
        {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.length ? <Empty title={<Text k="tenants.none" />} /> : (
          <div className="two">{found.data.map((x) => <One key={x.name} tenant={x} again={again} />)}</div>
        )}
      </section>
      <Add added={again} />
    </>
  );
}

function One({ tenant, again }: { tenant: Tenant; again: () => void }) {
  const [editing, setEditing] = useState(false), [error, setError] = useState<Error | null>(null), id = `tenant-${tenant.name}`;
  const rows = [
    { key: 'tenants.entities', used: tenant.usage?.entities, of: tenant.quotas?.entities, show: (n: number) => number(n) },
    { key: 'tenants.bytes', used: tenant.usage?.bytes, of: tenant.quotas?.bytes, show: bytes },
    { key: 'tenants.requests', used: undefined, of: tenant.quotas?.requestsPerMinute, show: (n: number) => number(n) },
  ] as const;
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    setError(null);
    setQuotas(tenant.name, quotasOf(new FormData(e.currentTarget))).then(() => { setEditing(false); again(); }, setError);
  };
  return (
    <section className="card" aria-labelledby={id}>
      <h3 id={id}>{tenant.branding?.colour && <svg width="20" height="20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill={tenant.branding.colour} /></svg>} {say({ ja: tenant.title, en: tenant.titleEn || tenant.title }, tenant.name)} <small>{tenant.name}</small></h3>
      <ul className="bars quotas">
        {rows.map((r) => (
          <li key={r.key}>
            <span><Text k={r.key} /></span>
            {r.of && r.used !== undefined ? <meter min={0} max={r.of} value={Math.min(r.used, r.of)} aria-label={t(r.key)} /> : <span />}
            <span className="side">{r.used !== undefined && r.show(r.used)}{r.of ? <small className="block">/ {r.show(r.of)}</small> : r.used === undefined && t('plan.dash')}</span>
          </li>
        ))}
      </ul>
      {editing ? (
        <form className="form" onSubmit={submit}>
          <QuotaFields quotas={tenant.quotas} />
          {error && <Failure error={error} />}
          <p className="links"><button type="submit" className="primary"><Text k="action.save" /></button> <button type="button" onClick={() => setEditing(false)}><Text k="action.cancel" /></button></p>
        </form>
      ) : <p className="after"><button type="button" className="small" onClick={() => setEditing(true)}><Text k="tenants.quotas" /><span className="hidden-text"> {tenant.name}</span></button></p>}
    </section>
  );
}

const megabyte = 1e6;
const quotasOf = (data: FormData): Quotas => ({ entities: Number(data.get('entities')), requestsPerMinute: Number(data.get('requests')), bytes: Number(data.get('megabytes')) * megabyte });

function QuotaFields({ quotas }: { quotas?: Partial<Quotas> }) {
  return (
    <>
      <Field label={<Text k="tenants.most" values={{ what: t('tenants.entities') }} />}><input name="entities" type="number" min={0} step={1} required defaultValue={quotas?.entities ?? 100_000} /></Field>
      <Field label={<Text k="tenants.most" values={{ what: t('tenants.requests') }} />}><input name="requests" type="number" min={0} step={1} required defaultValue={quotas?.requestsPerMinute ?? 6000} /></Field>
      <Field label={<Text k="tenants.most" values={{ what: t('tenants.megabytes') }} />}><input name="megabytes" type="number" min={0} step={1} required defaultValue={Math.round((quotas?.bytes ?? 1e9) / megabyte)} /></Field>
    </>
  );
}

function Add({ added }: { added: () => void }) {
  const [error, setError] = useState<Error | null>(null), [sending, setSending] = useState(false), [given, setGiven] = useState<{ name: string; secret: string } | null>(null);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, data = new FormData(form), one = (name: string) => String(data.get(name) ?? '').trim(), name = one('name');
    setSending(true);
    setError(null);
    addTenant({ name, title: one('ja'), ...(one('en') && { titleEn: one('en') }), admin: one('admin'), branding: { colour: one('colour') }, quotas: quotasOf(data) }).then((answer) => {
      setGiven({ name, secret: answer.account?.code ?? '' });
      form.reset();
      added();
    }, setError).finally(() => setSending(false));
  };
  return (
    <section className="card" aria-labelledby="add-tenant">
      <h2 id="add-tenant"><Text k="tenants.add" /></h2>
      <form onSubmit={submit}>
        <div className="two">
          <div className="form">
            <Field label={<Text k="tenants.ja" />}><input name="ja" required maxLength={200} /></Field>
            <Field label={<Text k="tenants.en" />}><input name="en" maxLength={200} /></Field>
            <Field label={<Text k="tenants.name" />}><input name="name" required maxLength={60} pattern="[a-z0-9][a-z0-9_\-]*" autoCapitalize="none" spellCheck={false} /></Field>
            <Field label={<Text k="tenants.admin" />}><input name="admin" required maxLength={200} autoCapitalize="none" autoComplete="off" spellCheck={false} /></Field>
            <Field label={<Text k="tenants.colour" />}><input name="colour" type="color" defaultValue="#0017c1" /></Field>
          </div>
          <div className="form"><QuotaFields /></div>
        </div>
        {error && <Failure error={error} />}
        <p className="after"><button type="submit" className="primary" disabled={sending}><Text k="tenants.add.do" /></button></p>
      </form>
      {given && <div role="status" className="banner"><div><p><strong><Text k="tenants.added" values={{ name: given.name }} /></strong></p>{given.secret && <><p><Text k="tenants.secret" /></p><CopyLine text={given.secret} /></>}</div></div>}
    </section>
  );
}
