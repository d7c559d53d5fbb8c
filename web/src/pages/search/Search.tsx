// Search over everything: names in any language and reading, addresses, descriptions, ids, kinds, municipalities.
import { useEffect, useMemo, useRef } from 'react';
import { datasetAddress } from '../../api/datasets';
import { type Entity, readingOf, titleOf, typeOf, valueText } from '../../api/entity';
import { useMunicipalities, useTypes } from '../../api/region';
import { find, queryOf, understand } from '../../api/search';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, change, entityAddress, usePlace } from '../../app/route';
import { named, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { Empty, Failure, Field, Loading, Pager, Reference } from '../../ui/parts';
import { SearchBox } from '../../ui/SearchBox';
import { DatasetsFound } from './DatasetsFound';
import { typeNames } from './names';

const size = 20;

export default function Search() {
  const { query } = usePlace(), asked = query.get('q') ?? '', type = query.get('type') ?? '', municipality = query.get('municipality') ?? '';
  const page = Math.max(1, Number(query.get('page')) || 1);
  const places = useMunicipalities(), types = useTypes(), list = useRef<HTMLOListElement>(null);

  const names = useMemo(() => typeNames(types.data?.map((i) => i.typeName) ?? []), [types.data]);
  const wanted = useMemo(() => {
    const read = understand(asked, names, places.data ?? []);
    return { ...read, types: type ? [type] : read.types, municipality, near: municipality ? undefined : read.near };
  }, [asked, names, places.data, type, municipality]);
  const nothing = !asked.trim() && !type && !municipality;
  const ready = types.data && (places.data ?? places.error);
  const request = queryOf(wanted);
  const found = useAnswer(ready && !nothing ? JSON.stringify([request, page]) : null, (signal) => find(request, (page - 1) * size, size, signal));

  useEffect(() => {
    addEventListener('keydown', move);
    return () => removeEventListener('keydown', move);
  });
  const move = (e: KeyboardEvent) => {
    const from = document.activeElement;
    if ((e.key !== 'ArrowDown' && e.key !== 'ArrowUp') || !(from === document.body || from?.id === 'main' || from?.id === 'search-text' || from?.matches('a.result'))) return;
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>('a.result') ?? [])], at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = at < 0 && e.key === 'ArrowUp' ? undefined : links[at + (e.key === 'ArrowDown' ? 1 : -1)];
    if (at === 0 && e.key === 'ArrowUp') document.getElementById('search-text')?.focus();
    else if (!next) return;
    else next.focus();
    e.preventDefault();
  };
  return (
    <>
      <h1><Text k="search.title" /></h1>
      <SearchBox id="search-text" label="search.label" example="search.example" asked={asked} />
      <div className="tools">
        <Field label={<Text k="type" />}>
          <select value={type} onChange={(e) => change({ type: e.target.value, page: undefined })}>
            <option value="">{t('type.all')}</option>
            {types.data?.map((i) => <option key={i.typeName} value={i.typeName}>{t('count.of', { name: named('type', i.typeName), n: i.entityCount })}</option>)}
          </select>
        </Field>
        <MunicipalityChoice value={municipality} onChange={(id) => change({ municipality: id, page: undefined })} />
      </div>
      {asked.trim() && !type && page === 1 && <DatasetsFound text={asked} />}
      {types.error && <Failure error={types.error} again={types.again} />}
      {nothing ? <Empty title={<Text k="search.begin" />}><p><Text k="search.begin.do" /></p></Empty> : found.error ? <Failure error={found.error} again={found.again} /> : !found.data ? <Loading /> : (
        <>
          <p role="status" className="result-count"><Text k="search.count" values={{ n: found.data.count }} />{(wanted.types.length > 0 || wanted.near) && <> <span className="note"><Understood types={wanted.types} municipality={wanted.near?.id ?? ''} /></span></>}</p>
          {!found.data.entities.length ? <Empty title={<Text k="search.none" />}><p><Text k="search.none.do" /></p></Empty> : (
            <ol className="list results" ref={list} start={(page - 1) * size + 1}>
              {found.data.entities.map((e) => <Result key={e.id} entity={e} />)}
            </ol>
          )}
          <Pager page={page} size={size} count={found.data.count} onPage={(p) => { change({ page: p }, false); scrollTo(0, 0); }} />
          {found.data.count > 0 && wanted.types.length > 0 && <p><Link to={address('/map', { type: wanted.types.filter((n) => n !== 'Municipality').join(','), municipality: municipality || wanted.near?.id })}><Text k="search.map" /></Link></p>}
        </>
      )}
    </>
  );
}

function Understood({ types, municipality }: { types: string[]; municipality: string }) {
  return <>{types.map((n) => <span className="tag" key={n}><Name kind="type" name={n} /></span>)} {municipality && <span className="tag"><MunicipalityName id={municipality} /></span>}</>;
}
function MunicipalityName({ id }: { id: string }) {
  const { data } = useMunicipalities();
  return <>{valueText(data?.find((m) => m.id === id)?.name)}</>;
}

function Result({ entity }: { entity: Entity }) {
  const place = typeof entity.refMunicipality === 'string' ? entity.refMunicipality : undefined;
  return (
    <li>
      <span>
        <span className="tag"><Name kind="type" name={typeOf(entity)} /></span> <Link to={typeOf(entity) === 'Dataset' ? datasetAddress(entity.id.split(':').at(-1)!) : entityAddress(entity.id)} className="result">{titleOf(entity)}</Link>
        <br /><small>{[readingOf(entity), valueText(entity.address)].filter(Boolean).join(' · ')}</small>
      </span>
      {place && <span className="side"><Reference id={place} /></span>}
    </li>
  );
}
