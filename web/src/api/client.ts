// Asking the program. Everything the portal knows comes through here, from the public API.
import { shared } from '../app/store';
import { heed, standing } from './caller';

export const api = '/ngsi-ld/v1';

/** The service worker's mark on an answer that it had kept: when it was given. */
export const savedAtHeader = 'Tsunagu-Saved-At';

export interface Line {
  /** Does the program answer? */
  up: boolean;
  /** When what is on the screen was answered, if it is not of now. */
  savedAt: string | null;
}
export const line = shared<Line>({ up: true, savedAt: null });

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer at all
    detail: string,
    /** What else the program said (RFC 9457). */
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

export interface Answer<T> {
  data: T;
  status: number;
  /** With count=true: how many there are on all pages. */
  count: number;
  headers: Headers;
}

async function problem(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const more = body && typeof body === 'object' ? (body as Record<string, unknown>) : {};
  return new ApiError(response.status, 'detail' in more ? String(more.detail) : response.statusText, more);
}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  const { headers, ...how } = standing(path);
  try {
    response = await fetch(path, { ...how, ...init, headers: { Accept: 'application/json', ...headers, ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    line.set({ up: false, savedAt: line.get().savedAt });
    throw new ApiError(0, String(error));
  }
  const savedAt = response.headers.get(savedAtHeader);
  if (savedAt) line.set({ up: false, savedAt });
  else if (!line.get().up || line.get().savedAt) line.set({ up: true, savedAt: null });
  heed(response.status, path);
  if (!response.ok) throw await problem(response);
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal, accept?: string): Promise<Answer<T>> {
  const response = await request(path, { signal, headers: accept ? { Accept: accept } : undefined });
  const count = Number(response.headers.get('NGSILD-Results-Count') ?? NaN);
  return { data: (await response.json()) as T, status: response.status, count, headers: response.headers };
}

export async function send(method: string, path: string, body?: unknown): Promise<Response> {
  return request(path, { method, body: body === undefined ? undefined : JSON.stringify(body), headers: body === undefined ? {} : { 'Content-Type': 'application/json' } });
}

/** path?a=b with everything encoded that has to be, and nothing else, so that people can read it. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const encode = (text: string) => encodeURIComponent(text).replace(/%(3A|2C|3D|3B|5B|5D|2F|22|28|29|7C|7E)/gi, (all) => decodeURIComponent(all));
  const parts = Object.entries(query).filter(([, v]) => v !== undefined && v !== '').map(([k, v]) => `${k}=${encode(String(v))}`);
  return parts.length ? `${path}?${parts.join('&')}` : path;
}
