// What can be said of a data set before anybody has typed anything, and the draft of what was typed.
import { type Words } from '../../api/datasets';
import { say } from '../../api/entity';
import { licences } from '../../api/licences';
import type { Municipality } from '../../api/region';
import type { Metadata, Report } from '../../api/uploads';

/** As in a name of CKAN: [a-z0-9_-]{2,100}. */
export const validName = (name: string): boolean => /^[a-z0-9_-]{2,100}$/.test(name);
export const nameFrom = (text: string): string => text.normalize('NFKD').toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 100);

/** What each standard is about, in the themes of DCAT. */
const themes: Record<string, string> = {
  aed: 'heal', 'care-services': 'heal', 'medical-institutions': 'heal', 'cultural-properties': 'educ', 'tourist-facilities': 'econ', events: 'educ', 'public-wifi': 'tech', 'public-toilets': 'regi',
  'fire-water': 'just', 'evacuation-sites': 'just', population: 'soci', 'public-facilities': 'regi', childcare: 'soci', 'open-data': 'gove',
};

const inEnglish = (place: Municipality | undefined): string => (place && typeof place.name !== 'string' ? place.name.languageMap.en ?? '' : '');
const inJapanese = (place: Municipality | undefined): string => (place ? (typeof place.name === 'string' ? place.name : place.name.languageMap.ja ?? '') : '');

const sentence = (place: string, what: string) => `${place ? `${place}の` : ''}${what}です。`; // i18n-exempt: of the data, in its own languages
const englishSentence = (place: string, what: string) => `${what}${place ? ` of ${place}` : ''}.`;

export function suggested(report: Report, place: Municipality | undefined): Metadata {
  const stem = report.fileName.replace(/\.[^.]*$/, ''), title: Words = report.standard?.title ?? { ja: stem, en: stem }, key = report.standard?.key ?? nameFrom(stem);
  const ja = title.ja ?? say(title), en = title.en ?? stem, placeJa = inJapanese(place), placeEn = inEnglish(place);
  return {
    name: nameFrom([placeEn || place?.id.split(':').at(-1) || '', key].filter(Boolean).join('-')) || 'dataset',
    title: { ja: [placeJa, ja].filter(Boolean).join(' '), en: [en, placeEn].filter(Boolean).join(', ') },
    description: { ja: sentence(placeJa, ja), en: englishSentence(placeEn, en) },
    publisher: place?.id ?? '', ...(place && { spatial: place.id }), keyword: [ja, placeJa].filter(Boolean), theme: [themes[key] ?? 'gove'],
    license: licences[0].uri, accrualPeriodicity: 'annual', contactPoint: {},
  };
}

const place = (id: string) => `tsunagu.metadata.${id}`;
/** What was typed so far stays in this browser; the data itself is on the server. */
export function keptDraft(id: string): Partial<Metadata> {
  try {
    return (JSON.parse(localStorage.getItem(place(id)) ?? '{}') ?? {}) as Partial<Metadata>;
  } catch {
    return {};
  }
}
export function keepDraft(id: string, draft: Partial<Metadata> | null): void {
  try {
    if (draft) localStorage.setItem(place(id), JSON.stringify(draft));
    else localStorage.removeItem(place(id));
  } catch {
    // no storage: it lives as long as the page
  }
}
