// openid-client, unchanged, against our provider.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Issuer, generators } from 'openid-client';
import { Browser, check, failure, serve, test, tsunagu } from './program.mjs';

const back = 'http://127.0.0.1:9/cb', out = 'http://127.0.0.1:9/out';
const encoded = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export async function testProvider(folder) {
  const data = ['--data', path.join(folder, 'data')];
  const addClient = (...words) => tsunagu(['client', 'add', ...words, ...data]).match(/client_secret\s+(\S+)/)?.[1];
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = path.join(folder, 'jwks.json');
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1' }] }));
  const app = addClient('--id', 'app', '--name', 'アプリ', '--name-en', 'App', '--redirect', back, '--sign-out-redirect', out);
  addClient('--id', 'own', '--name', '自社', '--redirect', back, '--auth', 'none', '--first-party');
  const hub = addClient('--id', 'hub', '--name', 'センサー', '--scope', 'graph.read');
  addClient('--id', 'signer', '--name', '署名', '--auth', 'private_key_jwt', '--jwks', jwks, '--scope', 'graph.read graph.write');
  const password = 'correct horse battery';
  const server = await serve(folder);
  const keyFile = path.join(folder, 'data/trust/operator.key');
  const operator = { Authorization: `Bearer ${readFileSync(keyFile, 'utf8').trim()}`, 'Content-Type': 'application/json' };
  const made = await fetch(server.url + '/auth/accounts', { method: 'POST', headers: operator, body: JSON.stringify({ account: 'resident-a', kind: 'resident', id: 'urn:ngsi-ld:Resident:a', name: 'デモ住民A', password }) });
  check(made.status === 201, await made.text());
  const browser = new Browser();
  const signIn = async () => {
    const answer = await browser.post(server.url + '/auth/password', { account: 'resident-a', password });
    check(answer.status === 200, `sign-in: ${answer.status} ${await answer.text()}`);
  };

  const issuer = await Issuer.discover(server.url);
  const client = new issuer.Client({ client_id: 'app', client_secret: app, redirect_uris: [back], response_types: ['code'], id_token_signed_response_alg: 'ES256' });
  const own = new issuer.Client({ client_id: 'own', token_endpoint_auth_method: 'none', redirect_uris: [back], response_types: ['code'], id_token_signed_response_alg: 'ES256' });

  /** What the client is told at the redirect address. */
  const authorize = async (of, more = {}) => {
    const checks = { code_verifier: generators.codeVerifier(), state: generators.state(), nonce: generators.nonce() };
    const url = of.authorizationUrl({ scope: 'openid profile', code_challenge: generators.codeChallenge(checks.code_verifier), code_challenge_method: 'S256', state: checks.state, nonce: checks.nonce, ...more });
    let { url: at, answer } = await browser.follow(url, (next) => next.startsWith(back) || next.includes('/sign-in'));
    if (answer?.status === 200) {
      const request = (await answer.text()).match(/name="request" value="([^"]*)"/)[1].replaceAll('&amp;', '&');
      answer = await browser.post(server.url + '/oidc/consent', new URLSearchParams({ request, decision: more.decision ?? 'allow' }));
      at = answer.headers.get('location');
    }
    return { at, answer, checks };
  };
  const tokens = async (of, more) => {
    const { at, checks } = await authorize(of, more);
    return of.callback(back, of.callbackParams(at), checks);
  };
  const api = (token, options = {}) => fetch(server.url + '/ngsi-ld/v1/types', { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers } });

  await test('who is not signed in is sent to the sign-in page, and comes back', async () => {
    const { at } = await authorize(client);
    const page = new URL(at);
    check(page.pathname === '/sign-in' && page.searchParams.get('next').startsWith('/oidc/authorize?'), at);
    await signIn();
    const { answer } = await browser.follow(server.url + page.searchParams.get('next'));
    const text = await answer.text();
    check(answer.status === 200 && text.includes('アプリ') && answer.headers.get('content-security-policy').includes("frame-ancestors 'none'"), text);
  });
  await test('code flow with PKCE: consent once, ID token, userinfo, API', async () => {
    const set = await tokens(client);
    check(set.claims().sub.startsWith('urn:ngsi-ld:Resident:') && set.claims().name === 'デモ住民A', JSON.stringify(set.claims()));
    check((await client.userinfo(set)).preferred_username === 'resident-a', 'userinfo');
    check((await api(set.access_token)).status === 403, 'no graph.read was given');
    const again = await tokens(client, { prompt: 'none' });
    check(again.claims().nonce, 'not asked again');
    const more = await authorize(client, { prompt: 'none', scope: 'openid graph.read' });
    check(new URL(more.at).searchParams.get('error') === 'consent_required', more.at);
    check((await api((await tokens(client, { scope: 'openid graph.read' })).access_token)).status === 200, 'graph.read');
  });
  await test('an app of our own does not ask, and has no secret', async () => {
    const set = await tokens(own, { prompt: 'none' });
    check(set.claims().aud === 'own' && set.refresh_token, JSON.stringify(set.claims()));
  });
  await test('a person can say no', async () => {
    const text = await failure(tokens(client, { prompt: 'consent', decision: 'deny' }));
    check(text.includes('access_denied'), text);
  });
  await test('wrong requests: to the person when the address is not sure, else to the app', async () => {
    const wrong = async (change) => {
      const url = new URL(client.authorizationUrl({ scope: 'openid', code_challenge: generators.codeChallenge(generators.codeVerifier()), code_challenge_method: 'S256', state: 's' }));
      change(url.searchParams);
      const answer = await browser.get(url.href);
      return answer.status === 303 ? new URL(answer.headers.get('location')).searchParams.get('error') : answer.status;
    };
    check((await wrong((q) => q.set('redirect_uri', back + '/'))) === 400, 'another path');
    check((await wrong((q) => q.set('redirect_uri', 'https://evil.example/cb'))) === 400, 'another host');
    check((await wrong((q) => q.delete('redirect_uri'))) === 400, 'none');
    check((await wrong((q) => q.set('client_id', 'x'))) === 400, 'another client');
    check((await wrong((q) => q.append('client_id', 'app'))) === 400, 'twice');
    check((await wrong((q) => q.delete('code_challenge'))) === 'invalid_request', 'no PKCE');
    check((await wrong((q) => q.set('code_challenge_method', 'plain'))) === 'invalid_request', 'plain');
    check((await wrong((q) => q.set('response_type', 'token'))) === 'unsupported_response_type', 'implicit');
    check((await wrong((q) => q.set('request', 'x'))) === 'request_not_supported', 'request object');
  });
  await test('a page of another site cannot answer for the person', async () => {
    const answer = await browser.post(server.url + '/oidc/consent', new URLSearchParams({ request: 'client_id=app', decision: 'allow' }), { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' });
    check(answer.status === 403, String(answer.status));
  });
  await test('a code is good once; used again, its tokens go', async () => {
    const { at, checks } = await authorize(client);
    const set = await client.callback(back, client.callbackParams(at), checks);
    check((await failure(client.callback(back, client.callbackParams(at), checks))).includes('invalid_grant'), 'twice');
    await failure(client.userinfo(set));
    check((await client.introspect(set.access_token)).active === false, 'the token still holds');
    check((await failure(client.refresh(set))).includes('invalid_grant'), 'refresh');
  });
  await test('a code needs its verifier and its client', async () => {
    const first = await authorize(client);
    check((await failure(client.callback(back, client.callbackParams(first.at), { ...first.checks, code_verifier: generators.codeVerifier() }))).includes('invalid_grant'), 'verifier');
    const redeem = async (change) => {
      const { at, checks } = await authorize(client);
      const form = { grant_type: 'authorization_code', code: new URL(at).searchParams.get('code'), redirect_uri: back, code_verifier: checks.code_verifier, client_id: 'app', client_secret: app, ...change };
      for (const name of Object.keys(form)) if (form[name] === undefined) delete form[name];
      const answer = await fetch(server.url + '/oidc/token', { method: 'POST', body: new URLSearchParams(form) });
      return answer.status === 200 ? 200 : (await answer.json()).error;
    };
    check((await redeem({})) === 200, 'what this test sends is right');
    for (const code_verifier of [undefined, '', 'a'.repeat(43), 'plain']) check(['invalid_grant', 'invalid_request'].includes(await redeem({ code_verifier })), `verifier ${code_verifier}`);
    for (const redirect_uri of [undefined, back + '/', 'https://evil.example/cb']) check(['invalid_grant', 'invalid_request'].includes(await redeem({ redirect_uri })), `redirect_uri ${redirect_uri}`);
    const second = await authorize(client);
    check((await failure(own.callback(back, own.callbackParams(second.at), second.checks))).includes('invalid_grant'), 'client');
  });
  await test('refresh tokens rotate; one used again ends the family', async () => {
    const first = await tokens(client, { scope: 'openid graph.read' });
    const second = await client.refresh(first);
    check(second.refresh_token !== first.refresh_token && second.claims().sub === first.claims().sub, 'rotation');
    check((await api(second.access_token)).status === 200, 'API');
    check((await failure(client.refresh(first))).includes('invalid_grant'), 'reuse');
    check((await failure(client.refresh(second))).includes('invalid_grant'), 'family');
    check((await api(second.access_token)).status === 401, 'its access tokens');
  });
  await test('introspection and revocation', async () => {
    const set = await tokens(client, { scope: 'openid graph.read' });
    check((await fetch(server.url + '/auth/account/sessions', { headers: { Authorization: `Bearer ${set.access_token}` } })).status === 403, 'a token reaches the account');
    const state = await client.introspect(set.access_token);
    check(state.active && state.client_id === 'app' && state.username === 'resident-a', JSON.stringify(state));
    check((await client.introspect(set.refresh_token)).active, 'refresh token');
    check(!(await client.introspect('x')).active, 'nonsense');
    await client.revoke(set.refresh_token);
    check(!(await client.introspect(set.access_token)).active && (await api(set.access_token)).status === 401, 'still active');
    await client.revoke('x');
    check((await failure(own.introspect(set.access_token))).includes('unauthorized_client'), 'a public client may not ask');
  });
  await test('a program by itself, with a secret', async () => {
    const service = new issuer.Client({ client_id: 'hub', client_secret: hub });
    const set = await service.grant({ grant_type: 'client_credentials' });
    check(set.scope === 'graph.read' && !set.refresh_token && (await api(set.access_token)).status === 200, JSON.stringify(set));
    check((await service.introspect(set.access_token)).sub === 'urn:ngsi-ld:Program:hub', 'subject');
    const write = await fetch(server.url + '/ngsi-ld/v1/entities', { method: 'POST', headers: { Authorization: `Bearer ${set.access_token}`, 'Content-Type': 'application/json' }, body: '{"id":"urn:a:b","type":"T"}' });
    check(write.status === 403, `write: ${write.status}`);
    check((await failure(service.grant({ grant_type: 'client_credentials', scope: 'graph.write' }))).includes('invalid_scope'), 'more');
    check((await failure(service.grant({ grant_type: 'password', username: 'a', password: 'b' }))).includes('unsupported_grant_type'), 'password');
    const thief = new issuer.Client({ client_id: 'hub', client_secret: hub + 'x' });
    check((await failure(thief.grant({ grant_type: 'client_credentials' }))).includes('invalid_client'), 'wrong secret');
  });
  await test('a program by itself, with a key; its assertion is good once', async () => {
    const service = new issuer.Client({ client_id: 'signer', token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' }, { keys: [{ ...pair.privateKey.export({ format: 'jwk' }), kid: 'k1' }] });
    check((await api((await service.grant({ grant_type: 'client_credentials' })).access_token)).status === 200, 'API');
    const now = Math.floor(Date.now() / 1000);
    const { SignJWT } = await import('jose');
    const assertion = await new SignJWT({ jti: 'one' }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).setIssuer('signer').setSubject('signer').setAudience(server.url).setIssuedAt(now).setExpirationTime(now + 60).sign(pair.privateKey);
    const send = (extra) => fetch(server.url + '/oidc/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion, ...extra }) });
    check((await send()).status === 200 && (await send()).status === 401, 'replayed');
    check((await send({ client_secret: 'x' })).status === 401, 'two ways at once');
  });
  await test('clients on a running server: made, listed and removed; what they had ends', async () => {
    const at = ['--at', server.url, '--key-file', keyFile];
    const secret = tsunagu(['client', 'add', '--id', 'guest', '--name', 'ゲスト', '--scope', 'graph.read', ...at]).match(/client_secret\s+(\S+)/)[1];
    const guest = new issuer.Client({ client_id: 'guest', client_secret: secret });
    const set = await guest.grant({ grant_type: 'client_credentials' });
    check((await api(set.access_token)).status === 200, 'API');
    check(tsunagu(['client', 'list', ...at]).includes('ゲスト'), 'list');
    tsunagu(['client', 'remove', 'guest', ...at]);
    check((await api(set.access_token)).status === 401, 'its token still holds');
    check((await fetch(server.url + '/oidc/clients')).status === 401, 'a visitor sees clients');
    check((await fetch(server.url + '/oidc/clients', { headers: { Authorization: `Bearer ${(await new issuer.Client({ client_id: 'hub', client_secret: hub }).grant({ grant_type: 'client_credentials' })).access_token}` } })).status === 403, 'a program sees clients');
  });
  await test('an account that is turned off takes its tokens with it', async () => {
    const set = await tokens(client, { scope: 'openid graph.read offline_access' });
    const turn = (disabled) => fetch(server.url + '/auth/accounts/resident-a', { method: 'PATCH', headers: operator, body: JSON.stringify({ disabled }) });
    check((await turn(true)).ok, 'off');
    check((await api(set.access_token)).status === 401, 'access token');
    check((await failure(client.refresh(set))).includes('invalid_grant'), 'refresh token');
    check((await turn(false)).ok, 'on');
    await signIn();
  });
  await test('tokens that do not hold are never an anonymous visit', async () => {
    const set = await tokens(client, { scope: 'openid graph.read' });
    const [head, body, signature] = set.access_token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url'));
    const hostile = {
      'alg none': `${encoded({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
      'claims changed': `${head}.${encoded({ ...claims, sub: 'urn:ngsi-ld:Staff:x' })}.${signature}`,
      'an ID token': set.id_token,
      'a refresh token': set.refresh_token,
      'too long': 'a'.repeat(9000),
      nonsense: randomBytes(40).toString('base64url'),
      empty: 'x.y.z',
    };
    for (const [name, token] of Object.entries(hostile)) check((await api(token)).status === 401, name);
    check((await api(set.access_token, { headers: { Authorization: `Bearer ${set.access_token}, Bearer ${set.access_token}` } })).status === 401, 'two tokens');
  });
  await test('prompt and max_age ask for a new sign-in', async () => {
    check(new URL((await authorize(client, { max_age: 100000, prompt: 'none' })).at).searchParams.has('code'), 'recent enough');
    const { at } = await authorize(client, { prompt: 'login' });
    check(at.includes('/sign-in'), at);
    await signIn();
    const { url } = await browser.follow(server.url + new URL(at).searchParams.get('next'), (next) => next.startsWith(back));
    check(new URL(url).searchParams.has('code'), url);
  });
  await test('signing out at the end ends session and refresh tokens', async () => {
    const set = await tokens(client, { scope: 'openid graph.read' });
    const page = await browser.get(server.url + '/oidc/end-session');
    check(page.status === 200 && (await page.text()).includes('/oidc/sign-out'), 'who comes without a hint is asked');
    const answer = await browser.get(client.endSessionUrl({ id_token_hint: set.id_token, post_logout_redirect_uri: out, state: 'x' }));
    check(answer.status === 303 && answer.headers.get('location') === out + '?state=x', `${answer.status} ${answer.headers.get('location')}`);
    check((await failure(client.refresh(set))).includes('invalid_grant'), 'refresh');
    check(new URL((await authorize(client, { prompt: 'none' })).at).searchParams.get('error') === 'login_required', 'session');
    const evil = await browser.get(client.endSessionUrl({ post_logout_redirect_uri: 'https://evil.example/', state: 'x' }));
    check(!evil.headers.get('location'), 'goes to where nobody registered');
  });
  await server.stop();

  await test('a restart keeps keys, clients and grants', async () => {
    const again = await serve(folder, ['--public-url', server.url]);
    const keys = (url) => fetch(url + '/oidc/jwks').then((answer) => answer.json());
    check((await keys(again.url)).keys.length === 1 && !JSON.stringify(await keys(again.url)).includes('"d"'), 'keys');
    await again.stop();
    const listed = tsunagu(['client', 'list', ...data]);
    check(listed.includes('hub') && listed.includes('signer'), listed);
    tsunagu(['client', 'remove', 'hub', ...data]);
    check(!tsunagu(['client', 'list', ...data]).includes('hub'), 'removed');
  });
}
