// Access tokens that must not hold, shown to a running server. Many are signed with its own key: what is wrong with them is only
// what their name says.
import { createHmac, createPrivateKey, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SignJWT, importJWK } from 'jose';
import { check, serve, test, tsunagu } from './program.mjs';

const encoded = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url'));

export async function testHostileTokens(folder) {
  const data = ['--data', path.join(folder, 'data')];
  const secret = tsunagu(['client', 'add', '--id', 'hub', '--name', 'センサー', '--scope', 'graph.read graph.write', ...data]).match(/client_secret\s+(\S+)/)[1];
  const server = await serve(folder);
  const operator = { Authorization: `Bearer ${readFileSync(path.join(folder, 'data/trust/operator.key'), 'utf8').trim()}` };
  const ask = (token, target = '/ngsi-ld/v1/types', options = {}) => fetch(server.url + target, { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers } });
  const given = await (await fetch(server.url + '/oidc/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'hub', client_secret: secret }) })).json();
  const [header, claims] = given.access_token.split('.').slice(0, 2).map(decoded);
  const jwk = JSON.parse(readFileSync(path.join(folder, 'data/trust/tokens.jwk'))).keys[0];
  const key = await importJWK(jwk, 'ES256');
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }), rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now = Math.floor(Date.now() / 1000);

  /** Signed with the server's own key but for `by`; members that are undefined are left out. */
  const sign = (changed, heading = {}, by = key) => new SignJWT({ ...claims, ...changed }).setProtectedHeader(JSON.parse(JSON.stringify({ ...header, ...heading }))).sign(by);
  const raw = (head, body, by) => {
    const text = `${encoded(head)}.${encoded(body)}`;
    return `${text}.${by(text)}`;
  };
  const ownKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const own = (text) => createSign('sha256').update(text).sign({ key: ownKey, dsaEncoding: 'ieee-p1363' }, 'base64url');
  const hmac = (by) => (text) => createHmac('sha256', by).update(text).digest('base64url');
  const mine = JSON.stringify(claims), publicKey = (await (await fetch(server.url + '/oidc/jwks')).json()).keys[0];
  const pem = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

  await test('what this test signs holds, when nothing is wrong with it', async () => {
    for (const token of [await sign({}), raw(header, claims, own)]) check((await ask(token)).status === 200, await (await ask(token)).text());
  });
  const hostile = {
    expired: await sign({ iat: now - 700, exp: now - 100 }),
    'without an end': await sign({ exp: undefined }),
    'with an end that is no number': raw(header, { ...claims, exp: String(now + 600) }, own),
    'not yet valid': await sign({ nbf: now + 600 }),
    'made in the future': await sign({ iat: now + 600, exp: now + 1200 }),
    'of another issuer': await sign({ iss: 'https://id.example.org' }),
    'for another audience': await sign({ aud: 'https://other.example.org' }),
    'for nobody': await sign({ aud: undefined }),
    'without a type': await sign({}, { typ: undefined }),
    'of another type': await sign({}, { typ: 'JWT' }),
    'an unknown kid': await sign({}, { kid: 'unknown' }),
    'without a kid': await sign({}, { kid: undefined }),
    'a kid that is a path': await sign({}, { kid: '../../../dev/null' }),
    'signed by a stranger': await sign({}, {}, stranger.privateKey),
    'signed by a key that it brings along': await sign({}, { jwk: stranger.publicKey.export({ format: 'jwk' }) }, stranger.privateKey),
    'signed by a key elsewhere': await sign({}, { jku: 'http://127.0.0.1:9/jwks', kid: 'x' }, stranger.privateKey),
    'signed with RSA': await sign({}, { alg: 'RS256' }, rsa.privateKey),
    'alg none': `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`,
    'alg NoNe with a signature': raw({ ...header, alg: 'NoNe' }, claims, own),
    'HS256 with the public key (PEM)': raw({ ...header, alg: 'HS256' }, claims, hmac(pem)),
    'HS256 with the public key (JWK)': raw({ ...header, alg: 'HS256' }, claims, hmac(JSON.stringify(publicKey))),
    'HS256 with nothing': raw({ ...header, alg: 'HS256' }, claims, hmac('')),
    'a signature of zeros': raw(header, claims, () => Buffer.alloc(64).toString('base64url')),
    'no signature': raw(header, claims, () => ''),
    'a signature in DER': raw(header, claims, (text) => createSign('sha256').update(text).sign(ownKey, 'base64url')),
    'a critical extension': raw({ ...header, crit: ['x'], x: 1 }, claims, own),
    'a body that is not encoded': raw({ ...header, crit: ['b64'], b64: false }, claims, own),
    'a claim twice': raw(header, `${mine.slice(0, -1)},"sub":"urn:ngsi-ld:Program:other"}`, own),
    'a header member twice': raw(`${JSON.stringify(header).slice(0, -1)},"alg":"none"}`, claims, own),
    'claims that are a list': raw(header, [claims], own),
    'claims that are no JSON': raw(header, '{"sub":', own),
    'claims 2,000 deep': raw(header, '['.repeat(2000) + ']'.repeat(2000), own),
    'longer than 8 KiB': await sign({ padding: 'x'.repeat(9000) }),
    'of somebody else': await sign({ sub: 'urn:ngsi-ld:Program:other' }),
    'of a client that there is not': await sign({ client_id: 'other', sub: 'urn:ngsi-ld:Program:other' }),
    'without an id': await sign({ jti: undefined }),
    'without a scope': await sign({ scope: undefined }),
    'of a person who there is not': await sign({ grant: 'g', username: 'nobody', sub: 'urn:ngsi-ld:Resident:nobody' }),
    'four parts': `${given.access_token}.x`,
    'base64 with padding': given.access_token + '==',
    'a space in it': given.access_token.replace('.', '. '),
    'bytes that are no text': '\u00ff\u00fe.\u0080.\u0081',
    'not even a token': 'null',
  };
  for (const [name, token] of Object.entries(hostile)) {
    await test(`a token ${name} is refused`, async () => {
      const answer = await ask(token), text = await answer.text();
      check(answer.status === 401, `${answer.status} ${text}`);
      check(/^Bearer/.test(answer.headers.get('www-authenticate')) && JSON.parse(text).detail.length > 20, text);
      check(!text.includes(token.split('.')[1] ?? token), 'the answer repeats the token');
    });
  }
  await test('two tokens at once, or one in the address, are none', async () => {
    check((await ask(`${given.access_token}, Bearer ${given.access_token}`)).status === 401, 'two');
    check((await fetch(`${server.url}/oidc/userinfo?access_token=${given.access_token}`)).status === 401, 'in the address');
  });
  await test('a token is of its tenant: by the header of another one nothing is seen, not even that it exists', async () => {
    const json = { ...operator, 'Content-Type': 'application/json' };
    const made = await fetch(server.url + '/trust/tenants', { method: 'POST', headers: json, body: JSON.stringify({ name: 'town', title: '町', admin: 'town-admin' }) });
    check(made.status === 201, await made.text());
    const headers = { 'NGSILD-Tenant': 'town', 'Content-Type': 'application/json' };
    const home = { id: 'urn:ngsi-ld:Lake:1', type: 'Lake' };
    check((await fetch(server.url + '/ngsi-ld/v1/entities', { method: 'POST', headers: { ...headers, ...operator }, body: JSON.stringify(home) })).status === 201, 'the operator may');
    for (const token of [given.access_token, await sign({ tenant: 'town' })]) {
      check((await ask(token, '/ngsi-ld/v1/entities/urn:ngsi-ld:Lake:1', { headers })).status === 404, 'reads');
      const write = await ask(token, '/ngsi-ld/v1/entities', { method: 'POST', headers, body: '{"id":"urn:ngsi-ld:Lake:2","type":"Lake"}' });
      check(write.status === 404, `writes: ${write.status} ${await write.text()}`);
    }
    const unknown = await ask(given.access_token, '/ngsi-ld/v1/entities?type=Lake', { headers: { 'NGSILD-Tenant': 'nowhere' } });
    check(unknown.status === 404, `a tenant that there is not: ${unknown.status}`);
  });
  await test('no token stands in the log', async () => {
    for (const token of Object.values(hostile).filter((each) => each.length > 50)) check(!server.log().includes(token), token);
  });
  await server.stop();
}
