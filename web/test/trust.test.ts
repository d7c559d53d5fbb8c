import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deviceOf, endOfDay } from '../src/api/account';
import { purpose, refusals, setPurpose, setSignedIn, signedIn, standing } from '../src/api/caller';
import { derOf, openCard } from '../src/api/card';
import { get, line, request } from '../src/api/client';
import { type Consent, dayIn, holds, inOrder } from '../src/api/consents';
import { residentId } from '../src/api/emergency';
import { type ServerEvent, eventReader, followEvents } from '../src/api/events';
import { type LogEvent, byDay, kindsOf } from '../src/api/log';
import { base64Of, base64urlOf, bytesOf, credentialJson, optionsOf } from '../src/api/passkey';
import { errorsOf } from '../src/api/policies';
import { clearWaiting, flush, ownWaiting, waiting, write } from '../src/api/queue';
import { loadSession, personKey, safeNext, session, signIn } from '../src/api/session';
import { settings } from '../src/app/settings';
import { placesOf } from '../src/app/Who';
import { dayAgo, setTexts } from '../src/i18n/text';
import ja from '../src/i18n/ja.json';
import { strategyOf } from '../src/sw/strategy';

const resident = { id: 'urn:ngsi-ld:Resident:a', kind: 'resident', name: 'デモ住民A', account: 'a', assurance: 2, tenant: '', roles: [], actsFor: null, mayActFor: [], rights: [] };
const me = (subject: object | null) => ({ auth: 'on', subject, purposes: [], methods: ['password'], providers: [], demo: [] });
const answer = (body: unknown, status = 200) => Promise.resolve(new Response(body === null ? null : JSON.stringify(body), { status }));

beforeEach(() => {
  settings.set({ ...settings.get(), language: 'ja' });
  setTexts(ja);
  line.set({ up: true, savedAt: null });
});
afterEach(() => {
  vi.unstubAllGlobals();
  clearWaiting();
  setSignedIn('');
  setPurpose('');
  session.set(null);
});

describe('a stream of changes', () => {
  it('that is refused has the sign-in looked at again', async () => {
    setSignedIn(resident.id);
    const enough = new AbortController(), before = refusals.get();
    vi.stubGlobal('fetch', () => (enough.abort(), answer(null, 401)));
    await followEvents(() => '/ngsi-ld/v1/events', { open: () => {}, event: () => {}, close: () => {} }, enough.signal);
    expect(refusals.get()).toBe(before + 1);
  });
});

describe('a call', () => {
  it('without a sign-in goes without a cookie, but not where one signs in', () => {
    expect(standing('/ngsi-ld/v1/entities')).toEqual({ credentials: 'omit', headers: {} });
    expect(standing('/auth/me')).toMatchObject({ credentials: 'same-origin', cache: 'no-store' });
  });
  it('with a sign-in is kept nowhere and names the purpose', () => {
    setSignedIn(resident.id);
    setPurpose('care');
    expect(standing('/ngsi-ld/v1/entities')).toEqual({ credentials: 'same-origin', cache: 'no-store', headers: { 'Tsunagu-Purpose': 'care' } });
  });
  it('carries its own headers too', async () => {
    setSignedIn(resident.id);
    setPurpose('care');
    const server = vi.fn((_: string, __: RequestInit) => answer([]));
    vi.stubGlobal('fetch', server);
    await request('/x', { headers: { 'If-Match': '"3"' } });
    expect(server.mock.calls[0]![1].headers).toMatchObject({ 'Tsunagu-Purpose': 'care', 'If-Match': '"3"', Accept: 'application/json' });
  });
  it('tells what else the program said of a fault', async () => {
    vi.stubGlobal('fetch', () => answer({ title: 'no', status: 401, detail: 'a code is due', next: 'code' }, 401));
    await expect(get('/auth/password')).rejects.toMatchObject({ status: 401, message: 'a code is due', more: { next: 'code' } });
  });
});

describe('a stream of events', () => {
  it('is read whatever pieces it comes in', () => {
    const text = 'retry: 3000\n\n: alive\nid: 7\n\nevent: entityUpdated\nid: 8\ndata: {"a":\ndata: 1}\n\r\nevent: reset\r\nid: 9\r\ndata: {}\r\n\r\n';
    for (const size of [1, 2, 3, 7, 1000]) {
      const found: ServerEvent[] = [], read = eventReader((e) => found.push(e));
      for (let at = 0; at < text.length; at += size) read(text.slice(at, at + size));
      expect(found, String(size)).toEqual([{ event: 'entityUpdated', id: '8', data: '{"a":\n1}' }, { event: 'reset', id: '9', data: '{}' }]);
    }
  });
});

describe('the session', () => {
  it('is what the program says', async () => {
    vi.stubGlobal('fetch', () => answer(me(resident)));
    await loadSession();
    expect(session.get()?.subject?.name).toBe('デモ住民A');
    expect(signedIn()).toBe(resident.id);
    expect(personKey(session.get())).toBe(`${resident.id} `);
  });
  it('ends when the program says so, and with it the purpose', async () => {
    setSignedIn(resident.id);
    setPurpose('care');
    vi.stubGlobal('fetch', () => answer(me(null)));
    await loadSession();
    expect([signedIn(), purpose.get(), session.get()?.subject]).toEqual(['', '', null]);
  });
  it('is not known without a line', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')));
    await loadSession();
    expect(session.get()).toBeNull();
  });
  it('begins with a proof, and opens the start page of the person', async () => {
    vi.stubGlobal('fetch', () => answer(me({ ...resident, kind: 'staff', rights: ['operate'] })));
    await signIn('/auth/password', { account: 'a', password: 'b' });
    expect(settings.get().role).toBe('operator');
  });
  it('leads on only to places of ours', () => {
    for (const [next, to] of [['/map?type=A', '/map?type=A'], ['/oidc/authorize?client_id=a', '/oidc/authorize?client_id=a'], ['//evil.example/x', ''], ['/\\evil.example', ''], ['https://evil.example/', ''], ['/sign-in?next=/a', ''], ['', ''], ['javascript:alert(1)', '']]) expect(safeNext(next!), next).toBe(to);
  });
  it('shows everybody their places, and rights what they lead to', () => {
    expect(placesOf(resident as never).map(([to]) => to)).toEqual(['/my-data', '/consents', '/emergency', '/account']);
    expect(placesOf({ ...resident, kind: 'staff', rights: ['audit'] } as never).map(([to]) => to)).toEqual(['/my-data', '/consents', '/emergency', '/account', '/trust/alerts', '/trust/log']);
  });
});

describe('writes that wait', () => {
  it('are sent and seen by nobody else', async () => {
    setSignedIn('urn:a');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')));
    await write({ method: 'PATCH', path: '/e', body: 1, title: 'x' });
    setSignedIn('urn:b');
    const server = vi.fn(() => answer(null, 204));
    vi.stubGlobal('fetch', server);
    await flush();
    expect([server.mock.calls.length, ownWaiting(waiting.get()).length]).toEqual([0, 0]);
    setSignedIn('urn:a');
    await flush();
    expect(server.mock.calls.length).toBe(1);
  });
});

describe('the service worker', () => {
  const of = (path: string, mode = 'cors', cache = 'default') => strategyOf('GET', new URL(path, 'http://h'), 'http://h', mode, cache);
  it('keeps nothing of one person', () => {
    expect(of('/ngsi-ld/v1/entities', 'cors', 'no-store')).toBe('pass');
    for (const path of ['/auth/me', '/trust/log/mine', '/trust/consents', '/trust/log.csv', '/oidc/authorize', '/.well-known/openid-configuration']) expect(of(path), path).toBe('pass');
    for (const path of ['/trust/log.csv', '/auth/provider/x', '/oidc/authorize']) expect(of(path, 'navigate'), path).toBe('pass');
    for (const path of ['/trust/log', '/my-data', '/sign-in']) expect(of(path, 'navigate'), path).toBe('page');
  });
});

describe('passkeys', () => {
  const bytes = new Uint8Array([251, 255, 190, 0, 1]);
  it('turn bytes to text and back', () => {
    expect(base64urlOf(bytes)).toBe('-_--AAE');
    expect(bytesOf('-_--AAE')).toEqual(bytes);
  });
  it('give the browser what it wants', () => {
    const options = optionsOf({ challenge: 'AAE', rpId: 'h', allowCredentials: [{ id: '-_--AAE', type: 'public-key' }] });
    expect(options).toMatchObject({ rpId: 'h', challenge: new Uint8Array([0, 1]), allowCredentials: [{ id: bytes }] });
    expect(optionsOf({ publicKey: { challenge: 'AAE', user: { id: 'AAE', name: 'a', displayName: 'A' } } })).toMatchObject({ user: { id: new Uint8Array([0, 1]) } });
  });
  it('give the program what it wants', () => {
    const assertion = { id: 'x', rawId: bytes.buffer, type: 'public-key', getClientExtensionResults: () => ({}), response: { clientDataJSON: bytes.buffer, authenticatorData: bytes.buffer, signature: bytes.buffer, userHandle: null } };
    expect(credentialJson(assertion as unknown as PublicKeyCredential)).toEqual({ id: 'x', rawId: '-_--AAE', type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON: '-_--AAE', authenticatorData: '-_--AAE', signature: '-_--AAE' } });
  });
});

describe('a card', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const salt = crypto.getRandomValues(new Uint8Array(16)), iv = crypto.getRandomValues(new Uint8Array(12));
  const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode('1234'), 'PBKDF2', false, ['deriveKey']);
  const lock = await crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 1000 }, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, lock, await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const file = JSON.stringify({ format: 'tsunagu-card-1', certificate: '-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n', algorithm: 'ES256', key: { kdf: 'PBKDF2-SHA256', iterations: 1000, salt: base64Of(salt), cipher: 'A256GCM', iv: base64Of(iv), ciphertext: base64Of(ciphertext) } });
  it('signs what it is given', async () => {
    const card = await openCard(file, '1234'), der = bytesOf(await card.sign('AAECAw'));
    expect(card.certificate).toBe('AAEC');
    const number = (at: number) => { // from DER to 32 bytes
      const bytes = der.subarray(at + 2, at + 2 + der[at + 1]!).subarray(-32);
      return [...new Array<number>(32 - bytes.length).fill(0), ...bytes];
    };
    const raw = new Uint8Array([...number(2), ...number(4 + der[3]!)]);
    expect(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, pair.publicKey, raw, new Uint8Array([0, 1, 2, 3]))).toBe(true);
  });
  it('does not open with another PIN, nor when it is no card', async () => {
    await expect(openCard(file, '1235')).rejects.toMatchObject({ why: 'card.pin' });
    for (const text of ['', '{}', '{"certificate":"","key":{"iterations":-1}}', file.replace('"iterations":1000', '"iterations":1e99')]) await expect(openCard(text, '1234'), text).rejects.toMatchObject({ why: 'card.unreadable' });
  });
  it('writes numbers as DER does', () => expect([...derOf(new Uint8Array([0, 5, 0x80, 1]))]).toEqual([0x30, 8, 2, 1, 5, 2, 3, 0, 0x80, 1]));
});

describe('consents', () => {
  const now = Date.parse('2026-11-23T00:00:00Z');
  const consent = (id: string, part: Partial<Consent>): Consent => ({ id, person: { id: 'p', name: 'P' }, to: { id: 't', name: 'T' }, purpose: 'care', purposeTitle: '', types: [], status: 'given', given: '2026-01-01T00:00:00Z', until: null, givenBy: null, ...part });
  it('hold until their end or their withdrawal; those that hold come first', () => {
    const list = [consent('over', { until: '2026-11-22T00:00:00Z' }), consent('out', { status: 'withdrawn' }), consent('old', {}), consent('new', { given: '2026-05-01T00:00:00Z', until: '2027-01-01T00:00:00Z' })];
    expect(list.map((c) => holds(c, now))).toEqual([false, false, true, true]);
    expect(inOrder(list, now).map((c) => c.id)).toEqual(['new', 'old', 'over', 'out']);
  });
  it('end on days of the region, also at the end of a month', () => {
    expect(dayIn(3, new Date('2026-11-30T16:00:00Z'))).toBe('2027-03-01');
    expect(dayIn(3, new Date('2026-11-30T00:00:00Z'))).toBe('2027-02-28');
    expect(endOfDay('2027-02-28')).toBe('2027-02-28T14:59:59Z');
    expect(endOfDay('')).toBe('');
  });
});

describe('who saw my data', () => {
  const event = (n: number, at: string, body: string, part: Partial<LogEvent> = {}): LogEvent => ({ n, at, kind: 'access', who: { id: 'u', name: '人', body, bodyName: null }, action: 'read', purpose: '', rule: 'consents/consent', entities: [], ...part });
  it('goes by the days of the region and the body; emergencies stand alone and first', () => {
    const days = byDay([event(9, '2026-11-22T15:30:00Z', '診療所'), event(8, '2026-11-22T15:10:00Z', '市'), event(7, '2026-11-22T15:05:00Z', '診療所'), event(6, '2026-11-22T15:01:00Z', '診療所', { rule: 'region/emergency urn:ngsi-ld:EmergencyAccess:1' }), event(5, '2026-11-22T14:00:00Z', '診療所')]);
    expect(days.map((d) => [d.day, d.visits.map((v) => v.events.map((e) => e.n))])).toEqual([['2026-11-23', [[6], [9, 7], [8]]], ['2026-11-22', [[5]]]]);
  });
  it('counts each kind of data', () => expect(kindsOf(event(1, '', '', { entities: [{ id: 'a', type: 'A' }, { id: 'b', type: 'B' }, { id: 'c', type: 'A' }] }))).toEqual([{ type: 'A', n: 2 }, { type: 'B', n: 1 }]));
  it('says the day as people do', () => {
    const now = Date.parse('2026-11-22T16:00:00Z');
    expect([dayAgo('2026-11-23', now), dayAgo('2026-11-22', now), dayAgo('2026-11-13', now)]).toEqual(['今日', '昨日', '10 日前']);
  });
});

describe('administration', () => {
  it('finds the line of a fault, however it is told', () => {
    expect(errorsOf({ errors: [{ line: 3, message: 'a' }, { line: 'x' }] }, '')).toEqual([{ line: 3, message: 'a' }]);
    expect(errorsOf({ line: 4 }, 'b')).toEqual([{ line: 4, message: 'b' }]);
    expect(errorsOf({}, 'line 5: c')).toEqual([{ line: 5, message: 'line 5: c' }]);
    expect(errorsOf({}, 'no')).toEqual([]);
  });
  it('knows devices and people', () => {
    expect(deviceOf('Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36')).toBe('Chrome, Android');
    expect(deviceOf('curl/8.5')).toBe('curl/8.5');
    expect(residentId(' ００１２ ')).toBe('urn:ngsi-ld:Resident:0012');
    expect(residentId('urn:ngsi-ld:Resident:x')).toBe('urn:ngsi-ld:Resident:x');
  });
});
