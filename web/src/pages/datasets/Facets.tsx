// What a search can be narrowed by, with how many data sets each value has.
import { useEffect, useState } from 'react';
import { type DatasetQuery, type FacetName, type FacetValue, type FoundDatasets, facetNames } from '../../api/datasets';
import { say } from '../../api/entity';
import { useStandards } from '../../api/uploads';
import { named, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';

const few = 6;

/** What a value of a facet is called: as the catalogue says, as the standard is called, as the key is called by us. */
export function useFacetTitle(): (facet: FacetName, value: FacetValue) => string {
  const standards = useStandards();
  return (facet, { key, title }) => {
    const said = title && say(title);
    if (said && said !== key) return said;
    const standard = facet === 'standard' && standards.data?.find((s) => s.key === key);
    return standard ? say(standard.title) : named('value', key);
  };
}

interface Choice {
  facets: FoundDatasets['facets'];
  chosen: DatasetQuery;
  onChoose: (name: FacetName, value: string | undefined) => void;
}

export function Facets({ facets, chosen, onChoose }: Choice) {
  const [open, setOpen] = useState(true);
  // On a phone the results come first: the facets wait behind one line.
  useEffect(() => setOpen(matchMedia('(min-width: 60.01rem)').matches), []);
  const there = facetNames.filter((name) => facets[name]?.length);
  if (!there.length) return <div />;
  return (
    <details className="facets" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary><Text k="datasets.narrow" /></summary>
      {there.map((name) => <Facet key={name} name={name} values={facets[name]!} chosen={chosen[name]} onChoose={onChoose} />)}
    </details>
  );
}

function Facet({ name, values, chosen, onChoose }: { name: FacetName; values: FacetValue[]; chosen: string | undefined; onChoose: Choice['onChoose'] }) {
  const [all, setAll] = useState(false), titleOf = useFacetTitle();
  const shown = all ? values : values.filter((v, i) => i < few || v.key === chosen);
  return (
    <div role="group" aria-label={t(`facet.${name}`)}>
      <p className="facet-title"><Text k={`facet.${name}`} /></p>
      <ul>
        {shown.map((v) => (
          <li key={v.key}>
            <button type="button" className="facet" aria-pressed={v.key === chosen} onClick={() => onChoose(name, v.key === chosen ? undefined : v.key)}><span>{titleOf(name, v)}</span><span>{number(v.count)}</span></button>
          </li>
        ))}
      </ul>
      {values.length > shown.length && <button type="button" className="link" onClick={() => setAll(true)}><Text k="action.more" values={{ n: values.length - shown.length }} /></button>}
    </div>
  );
}
