// Our relying party at an unchanged provider (oidc-provider), and at one that cheats.
import { createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import Provider from 'oidc-provider';
import { Browser, check, serve, test } from './program.mjs';

const listen = (handler) => new Promise((resolve) => {
  const server = http.createServer(handler).listen(0, '127.0.0.1', () => resolve({ server, url: `http://127.0.0.1:${server.address().port}` }));
});
const signingKey = (kid) => ({ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid, use: 'sig' });
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs everybody in as `who.now` without asking. */
function makeProvider(issuer, key, who, site) {
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'tsunagu', client_secret: 'a secret between servers', redirect_uris: [`${site}/auth/provider/town/callback`] }],
    jwks: { keys: [key] },
    cookies: { keys: ['test'] },
    features: { devInteractions: { enabled: false } },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Demo ${id}`, preferred_username: id }) }),
    interactions: { url: (ctx, interaction) => `/auto/${interaction.uid}` },
  });
  const answer = provider.callback();
  const handler = async (req, res) => {
    if (!req.url.startsWith('/auto/')) return answer(req, res);
    const { prompt, params, session } = await provider.interactionDetails(req, res);
    if (prompt.name === 'login') return provider.interactionFinished(req, res, { login: { accountId: who.now } });
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope('openid profile');
    return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
  };
  return handler;
}

/** Says in its ID token what the test wants. */
function makeCheat(cheat) {
  let good = generateKeyPairSync('rsa', { modulusLength: 2048 }), kid = 'good';
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const sign = (header, claims, key) => {
    const text = `${encoded(header)}.${encoded(claims)}`;
    return `${text}.${createSign('sha256').update(text).sign(key, 'base64url')}`;
  };
  const codes = new Map();
  cheat.asked_for_keys = 0;
  cheat.turn_over = () => [good, kid] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'better'];
  /** An access token (RFC 9068) of "someone". */
  cheat.access_token = (claims = {}, header = {}, key = good) => {
    const now = Math.floor(Date.now() / 1000);
    return sign({ alg: 'RS256', typ: 'at+jwt', kid, ...header }, { iss: cheat.issuer, aud: 'https://data.example.lg.jp', sub: 'someone', client_id: 'x', jti: randomUUID(), iat: now, exp: now + 60, ...claims }, key.privateKey);
  };
  cheat.stranger = other;
  return (req, res) => {
    const url = new URL(req.url, cheat.issuer);
    const send = (body) => res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/moved/.well-known/openid-configuration') return res.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data' }).end();
    if (url.pathname === '/inside/.well-known/openid-configuration') {
      return send({ issuer: cheat.issuer + '/inside', authorization_endpoint: `${cheat.issuer}/auth`, token_endpoint: `${cheat.issuer}/token`, jwks_uri: 'http://169.254.169.254/keys' });
    }
    if (url.pathname === '/.well-known/openid-configuration') {
      return send({ issuer: cheat.claims_to_be ?? cheat.issuer, authorization_endpoint: `${cheat.issuer}/auth`, token_endpoint: `${cheat.issuer}/token`, jwks_uri: `${cheat.issuer}/jwks`, authorization_response_iss_parameter_supported: true });
    }
    if (url.pathname === '/jwks') {
      cheat.asked_for_keys++;
      return send({ keys: [{ ...good.publicKey.export({ format: 'jwk' }), kid }] });
    }
    if (url.pathname === '/auth') {
      const code = randomUUID();
      codes.set(code, url.searchParams.get('nonce'));
      const back = new URL(url.searchParams.get('redirect_uri'));
      for (const [name, value] of Object.entries({ code, state: url.searchParams.get('state'), iss: cheat.issuer, ...cheat.answer })) if (value !== null) back.searchParams.set(name, value);
      return res.writeHead(303, { Location: back.href }).end();
    }
    let body = '';
    req.on('data', (piece) => { body += piece; }).on('end', () => {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: cheat.issuer, aud: 'tsunagu', sub: 'someone', iat: now, exp: now + 60, nonce: codes.get(new URLSearchParams(body).get('code')), name: 'Demo', ...cheat.claims };
      const header = { alg: 'RS256', kid: 'good', ...cheat.header };
      const token = {
        none: () => `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
        hmac: () => {
          const text = `${encoded({ alg: 'HS256', kid: 'good' })}.${encoded(claims)}`;
          return `${text}.${createHmac('sha256', good.publicKey.export({ type: 'spki', format: 'pem' })).update(text).digest('base64url')}`;
        },
        other: () => sign(header, claims, other.privateKey),
      }[cheat.how] ?? (() => sign(header, claims, good.privateKey));
      send({ access_token: 'x', token_type: 'Bearer', id_token: token() });
    });
  };
}

export async function testRelyingParty(folder) {
  const who = { now: 'resident-b' };
  let handler;
  const op = await listen((req, res) => handler(req, res));
  const cheat = {};
  const cheater = await listen((req, res) => makeCheat.handler(req, res));
  cheat.issuer = cheater.url;
  makeCheat.handler = makeCheat(cheat);
  const file = path.join(folder, 'providers.toml'), secret = path.join(folder, 'secret');
  writeFileSync(secret, 'a secret between servers\n');
  writeFileSync(file, `
[[provider]]
key = "town"
title = { ja = "まちのID", en = "Town ID" }
issuer = "${op.url}"
client_id = "tsunagu"
secret_file = "${secret}"
unknown = "resident"

[[provider]]
key = "cheat"
title = "Cheat"
issuer = "${cheater.url}"
client_id = "tsunagu"
unknown = "resident"
audience = "https://data.example.lg.jp"

[[provider]]
key = "inside"
issuer = "${cheater.url}/inside"
client_id = "tsunagu"

[[provider]]
key = "moved"
issuer = "${cheater.url}/moved"
client_id = "tsunagu"
`);

  await test('a provider inside the network is not connected to unless the operator allows it', async () => {
    const closed = await serve(folder, ['--providers', file]);
    const { url } = await new Browser().follow(closed.url + '/auth/provider/town');
    check(new URL(url).pathname === '/sign-in' && closed.log().includes('--allow-address'), closed.log());
    await closed.stop();
  });

  const server = await serve(folder, ['--providers', file, '--allow-address', '127.0.0.0/8']);
  const keyA = signingKey('a');
  handler = makeProvider(op.url, keyA, who, server.url);
  const me = async (browser) => (await (await browser.get(server.url + '/auth/me')).json()).subject;
  const arrived = (url) => new URL(url).pathname === '/account';
  const begin = (key) => `${server.url}/auth/provider/${key}?next=/account`;

  await test('somebody new becomes a resident, and is the same one the next time', async () => {
    const browser = new Browser();
    const { url } = await browser.follow(begin('town'), arrived);
    check(new URL(url).pathname === '/account', url);
    const first = await me(browser);
    check(first.kind === 'resident' && first.name === 'Demo resident-b', JSON.stringify(first));
    const other = new Browser();
    await other.follow(begin('town'), arrived);
    check((await me(other)).id === first.id, 'another account');
    who.now = 'resident-c';
    const third = new Browser();
    await third.follow(begin('town'), arrived);
    check((await me(third)).id !== first.id, 'the same account');
  });
  await test('keys that the provider has turned over are understood', async () => {
    handler = makeProvider(op.url, signingKey('b'), who, server.url);
    const browser = new Browser();
    await browser.follow(begin('town'), arrived);
    check((await me(browser))?.name === 'Demo resident-c', 'no session');
  });
  await test('an answer belongs to the browser that asked, and is taken once', async () => {
    const browser = new Browser(), stranger = new Browser();
    const { url } = await browser.follow(begin('town'), (next) => next.includes('/callback'));
    const lured = await stranger.follow(url);
    check(lured.url.includes('/sign-in?error=town') && !(await me(stranger)), lured.url);
    const again = await browser.follow(url);
    check(again.url.includes('/sign-in?error=town'), 'the state was used up: ' + again.url);
  });
  await test('where to go in the end is a page of ours', async () => {
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)', '/a\r\nSet-Cookie: x=y']) {
      const browser = new Browser();
      const { url } = await browser.follow(`${server.url}/auth/provider/town?next=${encodeURIComponent(next)}`, (to) => to === server.url + '/');
      check(url === server.url + '/', next + ' → ' + url);
    }
  });

  await test('an account is linked from its own page, and from no other', async () => {
    const key = readFileSync(path.join(folder, 'data/trust/operator.key'), 'utf8').trim(), password = 'correct horse battery';
    const made = await fetch(server.url + '/auth/accounts', { method: 'POST', headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ account: 'resident-d', kind: 'resident', id: 'urn:ngsi-ld:Resident:d', name: 'デモ住民D', password }) });
    check(made.status === 201, await made.text());
    const browser = new Browser();
    check((await browser.post(server.url + '/auth/password', { account: 'resident-d', password })).status === 200, 'sign-in');
    who.now = 'town-d';
    for (const site of ['cross-site', 'same-site', 'none']) check((await browser.get(begin('town') + '&link=1', { 'Sec-Fetch-Site': site })).status === 403, site);
    check((await new Browser().get(begin('town') + '&link=1', { 'Sec-Fetch-Site': 'same-origin' })).status === 401, 'nobody links nobody');
    const sent = await browser.get(begin('town') + '&link=1', { 'Sec-Fetch-Site': 'same-origin' });
    check(arrived((await browser.follow(sent.headers.get('location'), arrived)).url), 'linked');
    const other = new Browser();
    await other.follow(begin('town'), arrived);
    check((await me(other)).account === 'resident-d', 'signs in as the linked account');
  });

  const signsIn = async (change) => {
    for (const name of ['claims', 'header', 'how', 'answer', 'claims_to_be']) delete cheat[name];
    Object.assign(cheat, change);
    const browser = new Browser();
    const { url } = await browser.follow(begin('cheat'), arrived);
    const subject = await me(browser);
    check(Boolean(subject) === arrived(url), url);
    return Boolean(subject);
  };
  await test('ID tokens that cheat sign nobody in', async () => {
    check(!(await signsIn({ claims_to_be: 'https://accounts.example.org' })), 'discovery: another issuer');
    check(await signsIn({}), 'a good one does');
    const now = Math.floor(Date.now() / 1000);
    const cheats = {
      'alg none': { how: 'none' },
      'HS256 with the public key': { how: 'hmac' },
      'another key': { how: 'other' },
      'another issuer': { claims: { iss: 'https://accounts.example.org' } },
      'another audience': { claims: { aud: 'other' } },
      'several audiences without azp': { claims: { aud: ['tsunagu', 'other'] } },
      'another azp': { claims: { azp: 'other' } },
      expired: { claims: { exp: now - 60 } },
      'not yet': { claims: { nbf: now + 600 } },
      'no end': { claims: { exp: undefined } },
      'another nonce': { claims: { nonce: 'x' } },
      'no nonce': { claims: { nonce: undefined } },
      'another at_hash': { claims: { at_hash: 'x' } },
      'no sub': { claims: { sub: undefined } },
      'a critical extension': { header: { crit: ['x'], x: 1 } },
      'an access token': { header: { typ: 'at+jwt' } },
      'the answer of another provider': { answer: { iss: op.url } },
      'an answer that does not say whose it is': { answer: { iss: null } },
      'another state': { answer: { state: 'x' } },
    };
    for (const [name, change] of Object.entries(cheats)) check(!(await signsIn(change)), name);
  });
  const api = async (token) => (await fetch(server.url + '/ngsi-ld/v1/types', { headers: { Authorization: `Bearer ${token}` } })).status;
  await test('access tokens of a provider hold for people who are linked, and only those', async () => {
    check(await signsIn({}), 'someone is linked');
    check((await api(cheat.access_token())) === 200, 'a good one');
    const now = Math.floor(Date.now() / 1000);
    const wrong = {
      expired: cheat.access_token({ exp: now - 100 }),
      'not yet valid': cheat.access_token({ nbf: now + 600 }),
      'without an end': cheat.access_token({ exp: undefined }),
      'for another audience': cheat.access_token({ aud: 'https://other.example' }),
      'for the client, an ID token': cheat.access_token({ aud: 'tsunagu' }, { typ: 'JWT' }),
      'an ID token for the audience': cheat.access_token({ nonce: 'x' }, { typ: 'JWT' }),
      'of another issuer': cheat.access_token({ iss: op.url }),
      'of nobody here': cheat.access_token({ sub: 'nobody' }),
      'of nobody at all': cheat.access_token({ sub: undefined }),
      'of another key': cheat.access_token({}, {}, cheat.stranger),
      'alg none': `${encoded({ alg: 'none', typ: 'at+jwt' })}.${cheat.access_token().split('.')[1]}.`,
    };
    for (const [name, token] of Object.entries(wrong)) check((await api(token)) === 401, name);
  });
  await test('its new keys are asked for; made-up key ids do not have it asked again and again', async () => {
    cheat.turn_over();
    const before = cheat.asked_for_keys, fresh = cheat.access_token();
    for (const end = Date.now() + 10_000; (await api(fresh)) !== 200;) check(Date.now() < end, 'the new key is not known');
    check(cheat.asked_for_keys === before + 1, `asked ${cheat.asked_for_keys - before} times`);
    for (let i = 0; i < 50; ++i) check((await api(cheat.access_token({}, { kid: `made-up-${i}` }))) === 401, 'a made-up key id');
    for (let i = 0; i < 5; ++i) check(!(await signsIn({ header: { kid: `made-up-${i}` } })), 'a made-up key id in an ID token');
    check(cheat.asked_for_keys <= before + 8, `asked ${cheat.asked_for_keys - before} times`);
    check((await api(cheat.access_token())) === 200, 'good ones still hold');
  });
  await test('what a provider says of itself opens no address inside the network', async () => {
    cheat.answer = { iss: null };
    for (const [key, why] of [['inside', '169.254.169.254 is an address inside a network'], ['moved', 'redirects followed']]) {
      const { url } = await new Browser().follow(begin(key));
      check(new URL(url).pathname === '/sign-in' && server.log().includes(why), `${url}\n${server.log()}`);
    }
  });
  await test('a secret stands in no log', async () => {
    check(!server.log().includes('a secret between servers'), 'it does');
  });

  await server.stop();
  for (const each of [op.server, cheater.server]) {
    each.closeAllConnections();
    each.close();
  }
}
