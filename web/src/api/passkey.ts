// Passkeys: the program's JSON (WebAuthn Level 3) to what the browser wants, and back.
import type { Me } from './session';
import { signIn } from './session';
import { send } from './client';

export const passkeysWork = (): boolean => typeof PublicKeyCredential !== 'undefined' && !!navigator.credentials;
/** Passkeys belong to a name: at an address of numbers there are none (WebAuthn, clause 5.1.2). */
export const namedHost = (): boolean => !/^[\d.]+$|^\[/.test(location.hostname);

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
export const base64Of = (bytes: ArrayBuffer | Uint8Array): string => btoa(Array.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), (b) => String.fromCharCode(b)).join(''));
export const base64urlOf = (bytes: ArrayBuffer | Uint8Array): string => base64Of(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

interface Described {
  id: string;
  type: 'public-key';
  transports?: AuthenticatorTransport[];
}
type WithBytes = Record<string, unknown> & { challenge: string; allowCredentials?: Described[]; excludeCredentials?: Described[]; user?: { id: string; name: string; displayName: string } };

/** The options of a request or of a creation, with bytes where they stand as text. */
export function optionsOf(json: WithBytes | { publicKey: WithBytes }): Record<string, unknown> {
  const o = 'publicKey' in json ? (json.publicKey as WithBytes) : json;
  const described = (list: Described[] | undefined) => list?.map((c) => ({ ...c, id: bytesOf(c.id) }));
  return {
    ...o, challenge: bytesOf(o.challenge),
    ...(o.allowCredentials && { allowCredentials: described(o.allowCredentials) }),
    ...(o.excludeCredentials && { excludeCredentials: described(o.excludeCredentials) }),
    ...(o.user && { user: { ...o.user, id: bytesOf(o.user.id) } }),
  };
}

/** What the authenticator gave, as JSON. */
export function credentialJson(credential: PublicKeyCredential): Record<string, unknown> {
  const r = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const text = (bytes: ArrayBuffer | null | undefined) => (bytes ? base64urlOf(bytes) : undefined);
  return {
    id: credential.id, rawId: base64urlOf(credential.rawId), type: credential.type, clientExtensionResults: credential.getClientExtensionResults(),
    ...(credential.authenticatorAttachment && { authenticatorAttachment: credential.authenticatorAttachment }),
    response: r.attestationObject
      ? { clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), transports: r.getTransports?.() ?? [] }
      : { clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature), ...(r.userHandle && { userHandle: text(r.userHandle) }) },
  };
}

/** The person chose no passkey, or the browser has none for us. */
export const wasCancelled = (error: unknown): boolean => error instanceof DOMException && /^(NotAllowedError|AbortError)$/.test(error.name);

export async function signInByPasskey(account?: string): Promise<Me> {
  const options = (await (await send('POST', '/auth/passkey/options', account ? { account } : {})).json()) as WithBytes & { id?: string };
  const credential = await navigator.credentials.get({ publicKey: optionsOf(options) as unknown as PublicKeyCredentialRequestOptions });
  return signIn('/auth/passkey', credentialJson(credential as PublicKeyCredential));
}

export async function addPasskey(name: string): Promise<void> {
  const options = (await (await send('POST', '/auth/account/passkeys/options', {})).json()) as WithBytes;
  const credential = await navigator.credentials.create({ publicKey: optionsOf(options) as unknown as PublicKeyCredentialCreationOptions });
  await send('POST', '/auth/account/passkeys', { name, credential: credentialJson(credential as PublicKeyCredential) });
}
