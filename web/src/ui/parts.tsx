// Small parts that every page uses.
import { type ReactNode, useId, useState } from 'react';
import { purpose } from '../api/caller';
import { ApiError, line } from '../api/client';
import { signInAddress, useSession } from '../api/session';
import { type Entity, isUrn, titleOf, typeOf, valueText } from '../api/entity';
import { useMunicipalities } from '../api/region';
import { Link, entityAddress } from '../app/route';
import { useShared } from '../app/store';
import { type Key, isNamed, number, t } from '../i18n/text';
import { Name, Text } from '../i18n/Text';

export const Loading = () => <p className="loading" role="status"><Text k="loading" /></p>;

export function Empty({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return <div className="empty"><p className="empty-title">{title}</p>{children}</div>;
}

const failures: Record<number, [Key, Key]> = { 401: ['failed.signIn', 'failed.signIn.do'], 403: ['failed.forbidden', 'failed.forbidden.do'], 404: ['failed.missing', 'failed.missing.do'], 429: ['failed.often', 'failed.often.do'] };

/** What is not shown may be there for who signs in, or says for what they look. */
export function Unseen() {
  const me = useSession(), chosen = useShared(purpose);
  if (me?.auth !== 'on') return null;
  if (!me.subject) return <p><Text k="failed.missing.signIn" /> <Link to={signInAddress()}><Text k="signIn" /></Link></p>;
  return me.subject.kind === 'staff' && !chosen && me.purposes.length ? <p><Text k="unseen.purpose" /></p> : null;
}

/** What went wrong, and what can be done about it. */
export function Failure({ error, again }: { error: Error; again?: () => void }) {
  const { up } = useShared(line), status = error instanceof ApiError ? error.status : 0;
  const [title, advice]: [Key, Key] = failures[status] ?? (status === 0 ? ['failed.line', up ? 'failed.line.do' : 'line.retry'] : status >= 500 ? ['failed.program', 'failed.program.do'] : ['failed.request', 'failed.request.do']);
  return (
    <div className="failure" role="alert">
      <p className="empty-title"><Text k={title} /></p>
      <p><Text k={advice} /></p>
      {(status === 401 || status === 403 || status === 404) && <Unseen />}
      {status > 0 && status !== 401 && status !== 404 && <p className="note">{error.message}</p>}
      {again && <button type="button" onClick={again}><Text k="action.retry" /></button>}
    </div>
  );
}

/** The municipality's name where its id stands; any other id as a link. */
export function Reference({ id }: { id: string }) {
  const places = useMunicipalities(), place = places.data?.find((m) => m.id === id);
  return <Link to={entityAddress(id)}>{place ? valueText(place.name) : id.startsWith('urn:ngsi-ld:') ? id.split(':').slice(3).join(' ') : id}</Link>;
}

/** A simplified value, with links where it means other entities. */
export function Value({ value }: { value: unknown }): ReactNode {
  if (typeof value === 'string' && isNamed('value', value)) return <Name kind="value" name={value} />;
  if (Array.isArray(value)) {
    return value.map((v, i) => <span key={i}>{i > 0 && t('separator')}<Value value={v} /></span>);
  }
  if (isUrn(value) && value.startsWith('urn:')) return <Reference id={value} />;
  if (isUrn(value) && /^https?:/.test(value)) return <a href={value} rel="noreferrer">{value}</a>;
  if (typeof value === 'object' && value && 'id' in value && 'type' in value) return <Link to={entityAddress(String(value.id))}>{titleOf(value as Entity)}</Link>;
  return valueText(value);
}

export function EntityLink({ entity, showType = true }: { entity: Entity; showType?: boolean }) {
  return <>{showType && <span className="tag"><Name kind="type" name={typeOf(entity)} /></span>} <Link to={entityAddress(entity.id)}>{titleOf(entity)}</Link></>;
}

/** A command that can be copied. */
export function CopyLine({ text }: { text: string }) {
  const [copied, setCopied] = useState(false), id = useId();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      getSelection()?.selectAllChildren(document.getElementById(id)!);
    }
  };
  return (
    <div className="copy">
      <pre id={id} tabIndex={0}>{text}</pre>
      <button type="button" className="small" onClick={() => void copy()} onBlur={() => setCopied(false)}><Text k={copied ? 'action.copied' : 'action.copy'} /></button>
    </div>
  );
}

export function Pager({ page, size, count, onPage }: { page: number; size: number; count: number; onPage: (page: number) => void }) {
  const last = Math.max(1, Math.ceil(count / size));
  if (last === 1) return null;
  return (
    <nav className="pager" aria-label={`${page} / ${last}`}>
      <button type="button" disabled={page <= 1} onClick={() => onPage(page - 1)}><Text k="action.previous" /></button>
      <span>{number(page)} / {number(last)}</span>
      <button type="button" disabled={page >= last} onClick={() => onPage(page + 1)}><Text k="action.next" /></button>
    </nav>
  );
}

export function Field({ label, children }: { label: ReactNode; children: ReactNode }) {
  return <label className="field"><span>{label}</span>{children}</label>;
}

/** A figure with its name. */
export function Figure({ name, value, note }: { name: ReactNode; value: ReactNode; note?: ReactNode }) {
  return <div className="figure"><dt>{name}</dt><dd><strong>{value}</strong>{note && <small>{note}</small>}</dd></div>;
}
