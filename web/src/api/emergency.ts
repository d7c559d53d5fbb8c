// Break-glass: a professional sees what they must in an emergency; the person and a supervisor are told.
import { get, send } from './client';
import type { Person } from './session';
import { segment } from '../app/route';

export interface Emergency {
  id: string;
  subject: Person;
  person: Person;
  reason: string;
  began: string;
  until: string;
  supervisor?: Person | null;
  reviewed?: boolean | string | null;
  review?: string | null;
}
export interface Emergencies {
  /** That I began. */
  own: Emergency[];
  /** About me. */
  aboutMe: Emergency[];
  /** That I look into, also those that I have. */
  toReview: Emergency[];
  /** Does my role have emergencies? */
  mayBegin: boolean;
}

const path = '/trust/emergency';
export const emergencies = (signal?: AbortSignal): Promise<Emergencies> => get<Partial<Emergencies>>(path, signal).then(({ data }) => ({ own: data.own ?? [], aboutMe: data.aboutMe ?? [], toReview: data.toReview ?? [], mayBegin: data.mayBegin === true }));
export const begin = async (person: string, reason: string, minutes: number): Promise<Emergency> => (await (await send('POST', path, { person, reason, minutes })).json()) as Emergency;
export const review = async (id: string, finding: string): Promise<void> => void (await send('POST', `${path}/${segment(id)}/review`, { finding }));

export const residentId = (text: string): string => {
  const typed = text.normalize('NFKC').trim();
  return typed.startsWith('urn:') ? typed : `urn:ngsi-ld:Resident:${typed}`;
};
export const goesOn = (e: Emergency, now = Date.now()): boolean => Date.parse(e.until) > now;
