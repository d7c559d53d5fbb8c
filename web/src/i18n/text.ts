// Texts: one file per language, loaded when it is chosen. A text may hold {parameters} and readings: ｜地図《ちず》.
import type alarms from './alarms/ja.json';
import type ja from './ja.json';
import type things from './things/ja.json';
import type trust from './trust/ja.json';
import { type Language, settings } from '../app/settings';

export type Key = keyof typeof ja | keyof typeof alarms | keyof typeof things | keyof typeof trust;
export type Parameters = Record<string, string | number>;

type Texts = Promise<{ default: Record<string, string> }>;
const loaders: Record<'all' | 'alarms' | 'things' | 'trust', Record<Language, () => Texts>> = {
  all: { ja: () => import('./ja.json'), easy: () => import('./easy.json'), en: () => import('./en.json') },
  // Alarms, notices on devices.
  alarms: { ja: () => import('./alarms/ja.json'), easy: () => import('./alarms/easy.json'), en: () => import('./alarms/en.json') },
  // Devices and rules.
  things: { ja: () => import('./things/ja.json'), easy: () => import('./things/easy.json'), en: () => import('./things/en.json') },
  // Sign-in, consent, the log: of pages that most visitors never open.
  trust: { ja: () => import('./trust/ja.json'), easy: () => import('./trust/easy.json'), en: () => import('./trust/en.json') },
};
const wanted = new Set<keyof typeof loaders>(['all']);
let texts: Record<string, string> = {}, turn = 0;

/** Every text in `language` that has been wanted until now, and those of `part`. */
export async function loadTexts(language: Language, part: keyof typeof loaders = 'all'): Promise<void> {
  wanted.add(part);
  const mine = ++turn, found = await Promise.all([...wanted].map((name) => loaders[name][language]()));
  if (mine === turn) texts = Object.assign({}, ...found.map((f) => f.default)) as Record<string, string>;
}
/** For tests. */
export function setTexts(next: Record<string, string>): void {
  texts = next;
}

/** Easy Japanese is Japanese, in the registered variant "simple" (BCP 47). */
export const langTag = (language: Language): string => ({ ja: 'ja', easy: 'ja-simple', en: 'en' })[language];
/** How numbers and times are written. */
export const locale = (): string => (settings.get().language === 'en' ? 'en-GB' : 'ja-JP');

export interface Piece {
  text: string;
  reading?: string;
}

/** A text as pieces, some with a reading above them. */
export function pieces(text: string, parameters: Parameters = {}): Piece[] {
  const fill = (part: string) => part.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = parameters[name];
    return value === undefined ? all : typeof value === 'number' ? number(value) : value;
  });
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(/｜([^《]+)《([^》]+)》/g)) {
    if (match.index > at) found.push({ text: fill(text.slice(at, match.index)) });
    found.push({ text: match[1]!, reading: match[2]! });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: fill(text.slice(at)) });
  return found;
}

const plain = (text: string, parameters?: Parameters): string => pieces(text, parameters).map((p) => p.text).join('');

export const source = (key: string): string | undefined => texts[key];
export const t = (key: Key, parameters?: Parameters): string => plain(texts[key] ?? key, parameters);

/** In brackets, behind something. */
export const aside = (text: string): string => t('aside', { text });
/** Several in a row: a、b、c. */
export const listed = (items: string[]): string => items.join(t('separator'));

export type Kind = 'type' | 'attribute' | 'value' | 'unit' | 'measure' | 'columnType';
/** What people call a name of the data: a type, an attribute, a value, a unit; `measure`: in what an attribute is counted. A name we do not know is shown as it is, without its vocabulary. */
export function named(kind: Kind, name: string): string {
  const short = name.replace(/^https?:.*[/#]/, '');
  const text = texts[`${kind}.${short}`];
  return text === undefined ? short : plain(text);
}
export const isNamed = (kind: Kind, name: string): boolean => `${kind}.${name}` in texts;

export function number(value: number, digits?: number): string {
  return value.toLocaleString(locale(), digits === undefined ? { maximumFractionDigits: 20 } : { maximumFractionDigits: digits });
}
/** Large numbers for axes: 150万, 1.5M. */
export const shortNumber = (value: number, digits: number): string =>
  Math.abs(value) < 10_000 ? number(value, digits) : value.toLocaleString(locale(), { notation: 'compact', maximumFractionDigits: 2 });

/** How much space something takes. */
export function bytes(count: number): string {
  const step = Math.min(Math.floor(Math.log(Math.max(count, 1)) / Math.log(1000)), 3);
  return `${number(count / 1000 ** step, step && count / 1000 ** step < 10 ? 1 : 0)} ${['B', 'kB', 'MB', 'GB'][step]}`;
}

/** Times are those of the region, wherever the reader is. */
const timeZone = 'Asia/Tokyo';
export const timeZoneOffset = 9 * 3600e3; // milliseconds ahead of UTC, all year
export const time = (at: number | string, format: Intl.DateTimeFormatOptions): string => new Date(at).toLocaleString(locale(), { timeZone, ...format });
export const date = (at: number | string): string => time(at, { dateStyle: 'medium' });
/** Midnight means the day. */
export const dateTime = (at: number | string): string => ((new Date(at).getTime() + timeZoneOffset) % 86400e3 === 0 ? date(at) : time(at, { dateStyle: 'medium', timeStyle: 'short' }));
export const clock = (at: number | string): string => time(at, { timeStyle: 'medium' });

/** "today", "yesterday", "3 days ago": of a day of the region (2026-11-23). */
export function dayAgo(day: string, now = Date.now()): string {
  const today = Math.floor((now + timeZoneOffset) / 86400e3);
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(Date.parse(day) / 86400e3 - today, 'day');
}

/** "3 days ago": how long since `at`, in the largest unit that fits. */
export function ago(at: number | string, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const units: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31557600], ['month', 2629800], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}
