// Entities as the API gives them, and what people want to read of them.
import { aside, date, dateTime, langTag, listed, named, number, t } from '../i18n/text';
import { settings } from '../app/settings';

export interface Entity {
  id: string;
  type: string | string[];
  [attribute: string]: unknown;
}
export type Position = [number, number]; // longitude, latitude

export const typeOf = (entity: { type: string | string[] }): string => (Array.isArray(entity.type) ? entity.type[0] ?? '' : entity.type);

interface LanguageMap {
  languageMap: Record<string, string | string[]>;
}
const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
const hasLanguages = (v: unknown): v is LanguageMap => isObject(v) && isObject(v.languageMap);

/** A text by language: the chosen one, else Japanese, else whatever there is. */
export function inLanguage(texts: Record<string, string | string[] | undefined> | undefined): string {
  const wanted = langTag(settings.get().language);
  const found = texts?.[wanted] ?? texts?.[settings.get().language] ?? texts?.[wanted.split('-')[0]!] ?? texts?.ja ?? Object.values(texts ?? {})[0] ?? '';
  return Array.isArray(found) ? listed(found) : found;
}

/** The same for a text that may stand for every language; what has no text at all is shown as `otherwise`. */
export const say = (words: string | Record<string, string | undefined> | null | undefined, otherwise = ''): string => (typeof words === 'string' ? words : inLanguage(words ?? undefined)) || otherwise;

export const isUrn = (v: unknown): v is string => typeof v === 'string' && /^(urn|https?):\S+$/.test(v);

/** A simplified value as people read it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return t(value ? 'value.true' : 'value.false');
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return dateTime(value);
    if (/^\d{4}-\d\d-\d\d$/.test(value)) return date(value);
    return named('value', value);
  }
  if (Array.isArray(value)) return listed(value.map(valueText));
  if (!isObject(value)) return String(value);
  if ('@value' in value) return valueText(value['@value']);
  if (typeof value.id === 'string' && value.type) return titleOf(value as Entity);
  if (hasLanguages(value)) return inLanguage(value.languageMap);
  if (typeof value.ja === 'string') return inLanguage(value as Record<string, string>);
  if ('vocab' in value) return valueText(value.vocab);
  if ('json' in value) return JSON.stringify(value.json);
  if (value.type === 'Point' && Array.isArray(value.coordinates)) {
    const [lon, lat] = value.coordinates as Position;
    return `${lat.toFixed(4)}, ${lon.toFixed(4)}`;
  }
  if (typeof value.type === 'string' && 'coordinates' in value) return named('value', value.type);
  return listed(Object.entries(value).map(([k, v]) => `${named('attribute', k)}: ${valueText(v)}`));
}

/** What an entity is called. Of what no real thing is behind, that it is so. */
export function titleOf(entity: Entity): string {
  const title = nameOf(entity);
  return entity.simulated === true && !/シミュレーション|simulation/i.test(title) ? title + aside(t('simulated.short')) : title; // i18n-exempt
}

/** Its name, else what it says of itself, else its kind and the last part of its id. */
function nameOf(entity: Entity): string {
  for (const attribute of ['name', 'title', 'alternateName']) {
    const text = valueText(entity[attribute]);
    if (text) return text;
  }
  const said = valueText(entity.description ?? entity.disease);
  const when = numberOrTime(entity.dateObserved);
  if (said) return when === null ? said : said + aside(date(when));
  return `${named('type', typeOf(entity))} ${entity.id.split(':').at(-1) ?? ''}`;
}

/** How the name is read, in hiragana. */
export const readingOf = (entity: Entity): string => {
  const reading = hasLanguages(entity.name) ? entity.name.languageMap['ja-Hira'] : entity.kana;
  return typeof reading === 'string' ? reading : '';
};

function numberOrTime(value: unknown): number | null {
  const text = isObject(value) && '@value' in value ? value['@value'] : value;
  const at = typeof text === 'string' ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}
export const observedOf = (entity: Entity): number | null => numberOrTime(entity.dateObserved);

export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return isObject(value) && typeof value['@value'] === 'number' ? value['@value'] : null;
}

/** A point for an entity's location: the point itself, or the first of a line or an area. */
export function positionOf(entity: Entity): Position | null {
  const location = entity.location;
  if (!isObject(location) || !Array.isArray(location.coordinates)) return null;
  let c: unknown = location.coordinates;
  while (Array.isArray(c) && Array.isArray(c[0])) c = c[0];
  return Array.isArray(c) && typeof c[0] === 'number' && typeof c[1] === 'number' ? [c[0], c[1]] : null;
}

/** Metres between two places, on the sphere. */
export function distance(a: Position, b: Position): number {
  const rad = Math.PI / 180;
  const h = Math.sin(((b[1] - a[1]) * rad) / 2) ** 2 + Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * Math.sin(((b[0] - a[0]) * rad) / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.sqrt(h));
}
export const distanceText = (metres: number): string => (metres < 1000 ? t('metres', { n: Math.round(metres / 10) * 10 }) : t('kilometres', { n: Math.round(metres / 100) / 10 }));

/** Of several instances of an attribute (datasetId) the default one, else the first. */
export const oneOf = <T>(instances: T | T[]): T | undefined => (Array.isArray(instances) ? instances.find((i) => !isObject(i) || !i.datasetId) ?? instances[0] : instances);
