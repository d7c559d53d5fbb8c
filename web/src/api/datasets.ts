// The catalogue of open data: finding data sets, reading their tables, versions and quality.
import { api, get, withQuery } from './client';
import { type Position, isUrn, say, valueText } from './entity';
import { segment } from '../app/route';

/** A text by language. */
export type Words = Partial<Record<string, string>>;

export interface Quality {
  /** Of Berners-Lee's five for open data: 1 any form, 2 a table, 3 an open format, 4 with addresses of its own, 5 tied to other data. */
  stars: number;
  /** Shares of 1. */
  completeness: number;
  freshness: number;
  validity: number;
  /** Out of 100. */
  score: number;
}
/** Something that is named: who publishes, which municipality it is about. */
export interface Publisher {
  id: string;
  title: Words;
}
export interface DatasetSummary {
  name: string;
  title: Words;
  description?: Words;
  publisher?: Publisher;
  spatial?: Publisher;
  theme?: string[];
  keyword?: string[];
  license?: string;
  modified?: string;
  issued?: string;
  accrualPeriodicity?: string;
  conformsTo?: string;
  formats: string[];
  quality?: Quality;
  downloads?: number;
}
export interface Contact {
  name?: string;
  email?: string;
  telephone?: string;
  url?: string;
}
export interface Distribution {
  id: string;
  title: Words;
  format: string;
  kind: 'file' | 'query' | 'link';
  rows?: number;
  byteSize?: number;
  version?: number;
  downloads?: number;
  fileName?: string;
  columns?: { id: string; type: string }[];
  /** Where it is, of kind "link". */
  url?: string;
  downloads_as?: { format: string; url: string }[];
}
export interface Dataset extends DatasetSummary {
  contactPoint?: Contact;
  harvestedFrom?: string;
  distributions: Distribution[];
}

export const facetNames = ['publisher', 'theme', 'keyword', 'format', 'standard'] as const;
export type FacetName = (typeof facetNames)[number];
export const orders = ['relevance', 'modified', 'title', 'downloads'] as const;
export interface FacetValue {
  key: string;
  title?: Words | string;
  count: number;
}
export interface FoundDatasets {
  count: number;
  results: DatasetSummary[];
  facets: Partial<Record<FacetName, FacetValue[]>>;
}

export type DatasetQuery = Partial<Record<FacetName | 'q' | 'sort', string>>;

export const findDatasets = (query: DatasetQuery, offset: number, limit: number, signal?: AbortSignal): Promise<FoundDatasets> =>
  get<FoundDatasets>(withQuery('/catalog/datasets', { ...query, offset: offset || undefined, limit }), signal).then((a) => a.data);

export const dataset = (name: string, signal?: AbortSignal): Promise<Dataset> => get<Dataset>(`/catalog/datasets/${segment(name)}`, signal).then((a) => a.data);
/** Is there one of this name? */
export const hasDataset = (name: string, signal?: AbortSignal): Promise<boolean> =>
  get<unknown[]>(withQuery(`${api}/entities`, { type: 'Dataset', id: `urn:ngsi-ld:Dataset:${name}`, pick: 'id', limit: 1 }), signal).then((a) => a.data.length > 0);
export const datasetAddress = (name: string): string => `/datasets/${segment(name)}`;
export const distributionPath = (id: string): string => `/catalog/distributions/${segment(id)}`;

export interface Page {
  fields: { id: string; type: string }[];
  records: Record<string, unknown>[];
  total: number;
}
/** What is asked of CKAN's datastore_search. `q`: words, or an object of columns and words as JSON. */
export interface RowsQuery {
  q?: string;
  sort?: string;
  offset?: number;
  limit: number;
}
export function rowsPath(distribution: string, { q, sort, offset, limit }: RowsQuery): string {
  return withQuery('/api/3/action/datastore_search', { resource_id: distribution, q, sort, offset: offset || undefined, limit });
}
export const rowsOf = (path: string, signal?: AbortSignal): Promise<Page> => get<{ result: Page }>(path, signal).then((a) => a.data.result);

export interface Version {
  version: number;
  modified: string;
  rows?: number;
  byteSize?: number;
  fileName?: string;
}
export const versionsOf = (id: string, signal?: AbortSignal): Promise<Version[]> =>
  get<Version[]>(`${distributionPath(id)}/versions`, signal).then((a) => a.data.sort((x, y) => y.version - x.version));

export interface Difference {
  key: string[];
  columns: { added: string[]; removed: string[] };
  counts: Record<'added' | 'removed' | 'changed' | 'unchanged', number>;
  rows: { state: 'added' | 'removed' | 'changed'; key: string[]; cells: Record<string, [string | null, string | null]> }[];
  more: boolean;
}
export const difference = (id: string, from: number, to: number, limit: number, signal?: AbortSignal): Promise<Difference> =>
  get<Difference>(withQuery(`${distributionPath(id)}/diff`, { from, to, limit }), signal).then((a) => a.data);

export interface MunicipalityQuality extends Partial<Quality> {
  id: string;
  code: string;
  name: Words;
  datasets: number;
  standards: number;
}
export interface RegionQuality {
  municipalities: MunicipalityQuality[];
  counted: number;
  of: number;
}
export const regionQuality = (signal?: AbortSignal): Promise<RegionQuality> => get<RegionQuality>('/catalog/quality', signal).then((a) => a.data);

export interface Feature {
  geometry: { type: string; coordinates: unknown } | null;
  properties: Record<string, unknown> | null;
}
/** A row of a table that has a place. */
export interface Place {
  name: string;
  at: Position;
  row: Record<string, unknown>;
}
/** Columns that say what a row is called, the surest first. */
const naming = [/^(名称|name)$/i, /^(施設|イベント|事業所|.*サービス事業所)名称?$/, /名称$/, /title|名前|(?<!県|町村)名$/i]; // i18n-exempt

/** The rows of a GeoJSON answer that are points, each with what it is called. */
export function placesOf(features: Feature[]): Place[] {
  const first = features[0]?.properties ?? {}, columns = Object.keys(first), column = naming.flatMap((n) => columns.find((c) => n.test(c)) ?? [])[0] ?? columns.find((c) => first[c] !== null && !isUrn(first[c]));
  return features.flatMap(({ geometry, properties }) => {
    const at = geometry?.type === 'Point' ? (geometry.coordinates as Position) : null, row = properties ?? {};
    return at && typeof at[0] === 'number' ? [{ name: valueText(column === undefined ? '' : row[column]), at, row }] : [];
  });
}

/** A cell as text: of a value in several languages the one that is read. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value !== 'object') return String(value);
  const texts = 'languageMap' in value ? value.languageMap : value;
  return Object.values(texts as object).every((v) => typeof v === 'string') ? say(texts as Words) : JSON.stringify(value);
}
export const points = (id: string, signal?: AbortSignal): Promise<Place[]> =>
  get<{ features?: Feature[] }>(`${distributionPath(id)}/data.geojson`, signal).then((a) => placesOf(a.data.features ?? []));
