// Step 5: what is said of the data set, publishing it, and what became of it.
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { dataset, datasetAddress, hasDataset } from '../../api/datasets';
import { licences } from '../../api/licences';
import { useMunicipalities } from '../../api/region';
import { type Metadata, type Publication as Progress, publication, publish } from '../../api/uploads';
import { useAnswer } from '../../api/useAnswer';
import { Link } from '../../app/route';
import { useSettings } from '../../app/settings';
import { named, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { Failure, Field, Loading } from '../../ui/parts';
import { Stars } from '../../ui/Stars';
import { Disclosure } from './Findings';
import type { StepProps } from './Studio';
import { keepDraft, keptDraft, nameFrom, suggested, validName } from './metadata';

const frequencies = ['annual', 'quarterly', 'monthly', 'weekly', 'daily', 'continuous', 'irregular', 'never'];
const themes = ['agri', 'econ', 'educ', 'ener', 'envi', 'gove', 'heal', 'intr', 'just', 'regi', 'soci', 'tech', 'tran'];
const pause = 400;

export function Publication(props: StepProps) {
  const { id } = props.report, begun = useAnswer(`publication ${id}`, (signal) => publication(id, signal)), [progress, setProgress] = useState<Progress | null>(null), [again, setAgain] = useState(false);
  const now = progress ?? (again ? null : begun.data), running = now?.state === 'running';
  useEffect(() => {
    if (!running) return;
    const timer = setTimeout(() => publication(id).then(setProgress, () => setProgress((before) => before && { ...before })), pause);
    return () => clearTimeout(timer);
  }, [id, running, now]);
  if (begun.loading) return <Loading />;
  if (now?.state === 'done') return <Done of={now} onAgain={() => { setProgress(null); setAgain(true); }} />;
  if (now && running) {
    return (
      <div role="status">
        <p><Text k="publication.running" values={{ done: now.done, of: now.of }} /></p>
        <progress max={Math.max(now.of, 1)} value={now.done} aria-label={t('publication.running', { done: now.done, of: now.of })} />
      </div>
    );
  }
  return <Form {...props} failed={now?.state === 'failed' ? now.error ?? '' : ''} onBegun={setProgress} />;
}

function Done({ of: { dataset: name, unchanged, version, entities }, onAgain }: { of: Progress; onAgain: () => void }) {
  const found = useAnswer(`dataset ${name}`, (signal) => dataset(name, signal));
  return (
    <section className="card" aria-labelledby="done-title">
      <h3 id="done-title" tabIndex={-1} ref={(e) => e?.focus()}><Text k="publication.done" /></h3>
      <p>{unchanged ? <Text k="publication.unchanged" /> : version !== undefined && <Text k="version.number" values={{ n: version }} />}{entities && entities.written > 0 && <> · <Text k="publication.entities" values={{ n: entities.written }} /></>}</p>
      {Boolean(entities?.leftOut) && <p className="notice"><Text k="publication.leftOut" values={{ n: entities!.leftOut }} /> {entities!.firstReason}</p>}
      {found.data?.quality && <p className="big"><Stars quality={found.data.quality} /></p>}
      <p className="links"><Link to={datasetAddress(name)} className="button"><Text k="publication.open" /></Link> <Link to="/quality" className="button"><Text k="datasets.quality" /></Link> <Link to="/publish" className="button"><Text k="studio.other" /></Link></p>
      <p><button type="button" className="link" onClick={onAgain}><Text k="publication.again" /></button></p>
    </section>
  );
}

function Form({ report, failed, onBegun }: StepProps & { failed: string; onBegun: (progress: Progress) => void }) {
  const places = useMunicipalities(), { municipality } = useSettings(), [draft, setDraft] = useState(() => keptDraft(report.id)), [checked, setChecked] = useState({ findings: false, disclosure: false }), [tried, setTried] = useState(false), [busy, setBusy] = useState(false), [error, setError] = useState<Error | null>(null);
  const publisher = draft.publisher ?? (places.data?.some((m) => m.id === report.municipality) ? report.municipality : municipality);
  const data: Metadata = { ...suggested(report, places.data?.find((m) => m.id === publisher)), ...draft };
  const exists = useAnswer(validName(data.name) ? `exists ${data.name}` : null, (signal) => hasDataset(data.name, signal));
  if (!places.data) return places.error ? <Failure error={places.error} again={places.again} /> : <Loading />;
  const put = (part: Partial<Metadata>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    keepDraft(report.id, next);
  };
  const needsDisclosure = Boolean(report.disclosure?.personal.length), needsFindings = report.counts.error > 0;
  const checks: [boolean, string, ReactNode][] = [
    [!data.title.ja?.trim(), 'title-ja', <Text k="publication.title.needed" />], [!validName(data.name), 'name', <Text k="publication.name.wrong" />], [!data.publisher, 'publisher', <Text k="publication.publisher.needed" />],
    [needsFindings && !checked.findings, 'findings', <Text k="publication.findings.needed" />], [needsDisclosure && !checked.disclosure, 'disclosure', <Text k="publication.disclosure.needed" />],
  ], wrong = checks.filter(([is]) => is);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    setError(null);
    if (wrong.length) return document.getElementById(`metadata-${wrong[0]![1]}`)?.focus();
    setBusy(true);
    try {
      const begun = await publish(report.id, { ...data, spatial: data.spatial ?? data.publisher }, checked.findings, checked.disclosure);
      keepDraft(report.id, null);
      onBegun(begun);
    } catch (problem) {
      setError(problem as Error);
      setBusy(false);
    }
  };
  const text = (key: 'title' | 'description', language: 'ja' | 'en') => ({ value: data[key][language] ?? '', onChange: (e: { target: { value: string } }) => put({ [key]: { ...data[key], [language]: e.target.value } }) });
  const contact = (key: 'name' | 'email' | 'telephone' | 'url') => ({ value: data.contactPoint[key] ?? '', onChange: (e: { target: { value: string } }) => put({ contactPoint: { ...data.contactPoint, [key]: e.target.value || undefined } }) });
  return (
    <form onSubmit={(e) => void submit(e)} noValidate className="metadata">
      <p className="lead"><Text k="step.publication.lead" /></p>
      {failed && <div className="failure" role="alert"><p className="empty-title"><Text k="publication.failed" /></p><p>{failed}</p></div>}
      {error && <Failure error={error} />}
      {tried && wrong.length > 0 && <div className="failure" role="alert"><p className="empty-title"><Text k="publication.wrong" /></p><ul>{wrong.map(([, key, says]) => <li key={key}><a href={`#metadata-${key}`} onClick={(e) => { e.preventDefault(); document.getElementById(`metadata-${key}`)?.focus(); }}>{says}</a></li>)}</ul></div>}
      <div className="two">
        <fieldset className="card">
          <legend><Text k="publication.what" /></legend>
          <Field label={<Text k="publication.title.ja" />}><input id="metadata-title-ja" lang="ja" required {...text('title', 'ja')} /></Field>
          <Field label={<Text k="publication.title.en" />}><input lang="en" {...text('title', 'en')} /></Field>
          <Field label={<Text k="publication.description.ja" />}><textarea lang="ja" rows={3} {...text('description', 'ja')} /></Field>
          <Field label={<Text k="publication.description.en" />}><textarea lang="en" rows={3} {...text('description', 'en')} /></Field>
          <Field label={<Text k="publication.keywords" />}><input value={data.keyword.join(', ')} onChange={(e) => put({ keyword: e.target.value.split(/[,、]\s*/) })} onBlur={() => put({ keyword: data.keyword.map((k) => k.trim()).filter(Boolean) })} /></Field>
          <Field label={<Text k="facet.theme" />}><select value={data.theme[0] ?? ''} onChange={(e) => put({ theme: e.target.value ? [e.target.value] : [] })}>{themes.map((key) => <option key={key} value={key}>{named('value', key)}</option>)}</select></Field>
        </fieldset>
        <fieldset className="card">
          <legend><Text k="publication.who" /></legend>
          <MunicipalityChoice id="metadata-publisher" value={data.publisher} none={t('choose')} onChange={(id) => put({ publisher: id })} />
          <Field label={<Text k="dataset.licence" />}><select value={data.license} onChange={(e) => put({ license: e.target.value })}>{licences.map((l) => <option key={l.key} value={l.uri}>{t(`licence.${l.key}`)}</option>)}</select></Field>
          <Field label={<Text k="dataset.frequency" />}><select value={data.accrualPeriodicity} onChange={(e) => put({ accrualPeriodicity: e.target.value })}>{frequencies.map((key) => <option key={key} value={key}>{named('value', key)}</option>)}</select></Field>
          <Field label={<Text k="publication.contact.name" />}><input autoComplete="organization" {...contact('name')} /></Field>
          <Field label={<Text k="publication.contact.email" />}><input type="email" autoComplete="email" {...contact('email')} /></Field>
          <Field label={<Text k="publication.contact.telephone" />}><input type="tel" autoComplete="tel" {...contact('telephone')} /></Field>
          <Field label={<Text k="publication.name" />}><input id="metadata-name" value={data.name} aria-invalid={!validName(data.name)} aria-describedby="name-note" onChange={(e) => put({ name: e.target.value })} onBlur={() => put({ name: nameFrom(data.name) })} /></Field>
          <p id="name-note" className="note"><Text k="publication.name.note" values={{ address: `${location.origin}${datasetAddress(data.name)}` }} />{exists.data && <strong className="block"><Text k="publication.exists" /></strong>}</p>
        </fieldset>
      </div>
      <Disclosure report={report} />
      {needsDisclosure && <label className="check"><input id="metadata-disclosure" type="checkbox" checked={checked.disclosure} onChange={(e) => setChecked({ ...checked, disclosure: e.target.checked })} /> <Text k="publication.disclosure" /></label>}
      {needsFindings && <label className="check"><input id="metadata-findings" type="checkbox" checked={checked.findings} onChange={(e) => setChecked({ ...checked, findings: e.target.checked })} /> <Text k="publication.findings" values={{ n: report.counts.error }} /></label>}
      <p><button type="submit" className="primary" disabled={busy}><Text k="publication.publish" values={{ n: number(report.rows) }} /></button></p>
    </form>
  );
}
