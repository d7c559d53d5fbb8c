// The studio: a file on its way to becoming open data. Its state is on the server, so that one can leave and come back.
import { ApiError, get, request, send, withQuery } from './client';
import type { Contact, Feature, Quality, Words } from './datasets';
import type { Position } from './entity';
import { standing } from './caller';
import { useAnswer } from './useAnswer';
import { segment } from '../app/route';

export interface StandardColumn {
  name: string;
  aliases?: string[];
  type: string;
  required?: boolean;
  codes?: unknown;
}
export interface Standard {
  key: string;
  number: number | string;
  title: Words;
  entityType?: string;
  columns: StandardColumn[];
}

let allStandards: Promise<Standard[]> | undefined;
/** The recommended data sets: they do not change while the program runs. */
export function standards(): Promise<Standard[]> {
  allStandards ??= get<Standard[]>('/catalog/standards').then((a) => a.data, (error: unknown) => {
    allStandards = undefined; // the next one asks again
    throw error;
  });
  return allStandards;
}
export const useStandards = () => useAnswer('standards', standards);

export type Severity = 'error' | 'warning' | 'note';
export const severities: Severity[] = ['error', 'warning', 'note'];
export interface Repair {
  id: string;
  title: Words;
  /** May it be done without anybody looking at it? */
  sure?: boolean;
  before?: string;
  after?: string;
}
export interface Finding {
  id: string;
  kind: string;
  severity: Severity;
  column: string | null;
  count: number;
  rows: number[];
  example?: string | null;
  message: Words;
  repair: Repair | null;
}
export interface Column {
  name: string;
  standard: string | null;
  type: string;
  /** Rows that have a value. */
  filled: number;
  examples: string[];
}
export interface Guess {
  key: string;
  title: Words;
  confidence: number;
}
export interface Report {
  id: string;
  fileName: string;
  byteSize: number;
  encoding: string;
  state: 'reading' | 'ready' | 'failed';
  /** Of reading, a share of 1. */
  progress?: number;
  /** Why it failed. */
  error?: string;
  sheets?: string[];
  sheet?: string | null;
  /** From 1; 0: there is none. */
  headerRow?: number;
  preamble?: string[];
  rows: number;
  columns: Column[];
  standard: Guess | null;
  candidates?: Guess[];
  missing?: string[];
  /** An id, "" for none. */
  municipality: string;
  findings: Finding[];
  counts: Record<Severity, number>;
  disclosure?: { personal: { column: string; reason: Words }[]; /** Columns that together may tell who somebody is. */ quasi?: string[]; smallGroups: number };
  repaired?: { id: string; title: Words; cells: number }[];
  quality?: Partial<Quality>;
  /** The name under which it was published. */
  dataset?: string;
}

/** In the list of all. */
export type UploadSummary = Pick<Report, 'id' | 'fileName' | 'byteSize' | 'state' | 'dataset'> & { created: string };

const path = '/catalog/uploads';
const at = (id: string) => `${path}/${segment(id)}`;
/** The studio knows municipalities by code, the portal by id. */
const municipalityId = 'urn:ngsi-ld:Municipality:';
const known = (report: Report): Report => ({ ...report, municipality: report.municipality ? municipalityId + report.municipality : '' });
const read = async (response: Promise<Response>): Promise<Report> => known((await (await response).json()) as Report);

export const uploads = (signal?: AbortSignal): Promise<UploadSummary[]> => get<UploadSummary[]>(path, signal).then((a) => a.data);
export const upload = (id: string, signal?: AbortSignal): Promise<Report> => get<Report>(at(id), signal).then((a) => known(a.data));

/** Sends a file; says how much of it has gone, as a share of 1. `fetch` does not tell that. */
export function sendFile(file: File, onProgress: (share: number) => void): { report: Promise<Report>; stop: () => void } {
  const asked = new XMLHttpRequest();
  const report = new Promise<Report>((resolve, reject) => {
    asked.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    asked.onload = () => {
      let body: unknown = null;
      try {
        body = JSON.parse(asked.responseText);
      } catch {
        // told by its status
      }
      if (asked.status >= 200 && asked.status < 300 && body) resolve(body as Report);
      else reject(new ApiError(asked.status, (body as { detail?: string } | null)?.detail ?? asked.statusText));
    };
    asked.onerror = () => reject(new ApiError(0, ''));
    asked.onabort = () => reject(new DOMException('', 'AbortError'));
  });
  asked.open('POST', withQuery(path, { fileName: file.name }));
  asked.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
  asked.setRequestHeader('Accept', 'application/json');
  for (const [name, value] of Object.entries(standing(path).headers)) asked.setRequestHeader(name, value);
  asked.send(file);
  return { report, stop: () => asked.abort() };
}

export interface Choices {
  encoding?: string;
  sheet?: string;
  headerRow?: number;
  standard?: string;
  municipality?: string;
  columns?: Record<string, string | null>;
}
export const changeUpload = (id: string, choices: Choices): Promise<Report> => read(send('PATCH', at(id), choices.municipality ? { ...choices, municipality: choices.municipality.slice(municipalityId.length) } : choices));
export const repair = (id: string, which: string[] | 'all'): Promise<Report> => read(send('POST', `${at(id)}/repairs`, which === 'all' ? { all: true } : { repairs: which }));
export const undoRepair = (id: string): Promise<Report> => read(send('DELETE', `${at(id)}/repairs/last`));
/** Counts of persons with margins, in which nobody can be found, as an upload of their own. */
export const countUpload = (id: string): Promise<Report> => read(send('POST', `${at(id)}/counts`));
export const setCells = (id: string, cells: { row: number; column: string; text: string }[]): Promise<Report> => read(send('PATCH', `${at(id)}/cells`, { cells }));
export const removeUpload = async (id: string): Promise<void> => void (await request(at(id), { method: 'DELETE' }));

export interface UploadRow {
  row: number;
  /** Of the file. */
  line: number;
  cells: string[];
  original?: string[];
  /** Which findings are about this row: places in the report's list. */
  findings: number[];
}
export interface UploadRows {
  count: number;
  columns: string[];
  rows: UploadRow[];
}
export const uploadRows = (id: string, only: 'findings' | 'all', offset: number, limit: number, signal?: AbortSignal): Promise<UploadRows> =>
  get<UploadRows>(withQuery(`${at(id)}/rows`, { only, offset: offset || undefined, limit }), signal).then((a) => a.data);

export interface UploadPoint {
  row: number;
  name: string;
  at: Position;
  wrong: boolean;
}
export const uploadPoints = (id: string, signal?: AbortSignal): Promise<UploadPoint[]> =>
  get<{ features?: Feature[] }>(`${at(id)}/map`, signal).then(({ data }) => (data.features ?? []).flatMap(({ geometry, properties }) => (geometry?.type === 'Point'
    ? [{ row: Number(properties?.row), name: String(properties?.name ?? ''), at: geometry.coordinates as Position, wrong: properties?.finding !== undefined && properties.finding !== null && properties.finding !== false }]
    : [])));

export interface Metadata {
  name: string;
  title: Words;
  description: Words;
  publisher: string;
  spatial?: string;
  keyword: string[];
  theme: string[];
  license: string;
  accrualPeriodicity: string;
  contactPoint: Contact;
}
export interface Publication {
  state: 'none' | 'running' | 'done' | 'failed';
  done: number;
  of: number;
  /** Its name. */
  dataset: string;
  error: string | null;
  /** When done: the same table was there before, so there is no new version. */
  unchanged?: boolean;
  version?: number;
  entities?: { written: number; unchanged: number; removed: number; leftOut: number; firstReason: string };
}
export const publish = async (id: string, dataset: Metadata, acceptFindings: boolean, acknowledgeDisclosure: boolean): Promise<Publication> =>
  (await (await send('POST', `${at(id)}/publication`, { dataset, acceptFindings, acknowledgeDisclosure })).json()) as Publication;
export const publication = (id: string, signal?: AbortSignal): Promise<Publication> => get<Publication>(`${at(id)}/publication`, signal).then((a) => a.data);
