// What a person types, as a query: words that name a kind or a municipality narrow, the others are looked for in names, addresses, descriptions and ids.
import { api, get, withQuery } from './client';
import type { Entity } from './entity';
import type { Municipality } from './region';

export interface Wanted {
  types: string[];
  municipality: string; // an id, or "": nothing but what belongs to it
  words: string[];
  /** A word that is what people call a municipality, and its id: found by name, or by belonging to it. */
  near?: { word: string; id: string };
}

/** Letters as they are compared: full-width and half-width alike, no capitals, katakana as hiragana. */
export const fold = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/[ァ-ヶ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));

/** Is `word` (folded) what people call this municipality: 函館市, 函館, はこだて, Hakodate? */
export function calls(word: string, m: Municipality): boolean {
  const names = typeof m.name === 'string' ? [m.name] : Object.values(m.name.languageMap);
  return names.some((name) => {
    const folded = fold(name);
    return folded === word || (folded.length > word.length && folded.length - word.length <= 3 && folded.startsWith(word) && /^(市|町|村|し|ちょう|まち|むら|そん)$/.test(folded.slice(word.length)));
  });
}

/** `typeNames`: what each type is called in any language. */
export function understand(text: string, typeNames: Map<string, string[]>, places: Municipality[]): Wanted {
  const wanted: Wanted = { types: [], municipality: '', words: [] };
  for (const raw of text.normalize('NFKC').split(/\s+/).filter(Boolean)) {
    const word = fold(raw);
    const types = [...typeNames].filter(([type, names]) => fold(type) === word || names.some((n) => fold(n) === word || (word.length > 1 && fold(n).endsWith(word)))).map(([type]) => type);
    const place = wanted.near ? undefined : places.find((m) => calls(word, m));
    if (types.length && !wanted.types.length) wanted.types = types;
    else if (place && (wanted.types.length || text.trim().split(/\s+/).length > 1)) wanted.near = { word: raw, id: place.id };
    else wanted.words.push(raw);
  }
  return wanted;
}

const letters = (c: string) => c.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/"/g, '.');
/** A pattern (RE2) that finds `word` in hiragana as in katakana, in capitals or not. */
export function pattern(word: string): string {
  const toKatakana = (text: string) => text.replace(/[ぁ-ゖ]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60));
  const forms = [...new Set([word.normalize('NFKC'), fold(word), toKatakana(fold(word))])];
  return `(?i)(${forms.map(letters).join('|')})`;
}

const looksLikeId = (word: string) => /^urn:|^[a-z]?\d{4,}$/i.test(word);

export function queryOf(wanted: Wanted): Record<string, string> {
  const said = (word: string) => ['name', 'address', 'description', 'alternateName', 'title'].map((a) => `${a}~="${pattern(word)}"`).join('|');
  const conditions = wanted.words.filter((w) => !looksLikeId(w)).map((word) => `(${said(word)})`);
  if (wanted.near) conditions.push(`(refMunicipality=="${wanted.near.id}"|${said(wanted.near.word)})`);
  if (wanted.municipality) conditions.push(`refMunicipality=="${wanted.municipality}"`);
  const ids = wanted.words.filter(looksLikeId);
  return {
    ...(wanted.types.length && { type: wanted.types.join(',') }),
    ...(conditions.length && { q: conditions.join(';') }),
    ...(ids.length && { idPattern: `(?i)${ids.map(letters).join('.*')}` }),
    local: 'true',
  };
}

export interface Found {
  entities: Entity[];
  count: number;
  query: Record<string, string>;
}

export async function find(query: Record<string, string>, offset: number, limit: number, signal?: AbortSignal): Promise<Found> {
  const { data, count } = await get<Entity[]>(withQuery(`${api}/entities`, { ...query, format: 'simplified', omit: 'boundary', limit, offset: offset || undefined, count: 'true' }), signal);
  return { entities: data, count, query };
}
