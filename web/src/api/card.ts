// The software card: a file that stands for a card with a chip, as `tsunagu card issue` writes it for tests and for who has no reader.
// JSON: {"format":"tsunagu-card-1","certificate":"PEM or base64 of the DER","algorithm":"ES256"|"RS256",
//        "key":{"kdf":"PBKDF2-SHA256","iterations":600000,"salt":"…","cipher":"A256GCM","iv":"…","ciphertext":"… and tag"}}, all base64;
// under the PIN lies the private key (PKCS #8, DER). It is opened and used here; neither PIN nor key leave the browser.
import { send } from './client';
import { base64Of, bytesOf } from './passkey';

export class CardError extends Error {
  constructor(readonly why: 'card.unreadable' | 'card.pin') {
    super(why);
  }
}

export interface OpenCard {
  /** Base64 of the DER. */
  certificate: string;
  /** Signs the bytes of the program's challenge (base64url); base64: ECDSA as DER (RFC 3279), or PKCS #1 v1.5, with SHA-256. */
  sign(challenge: string): Promise<string>;
}

interface CardFile {
  certificate: string;
  algorithm?: string;
  key: { iterations: number; salt: string; iv: string; ciphertext: string };
}

function read(text: string): CardFile {
  try {
    const file = JSON.parse(text) as CardFile;
    if (typeof file.certificate === 'string' && typeof file.key.ciphertext === 'string' && typeof file.key.salt === 'string' && typeof file.key.iv === 'string' && file.key.iterations > 0 && file.key.iterations <= 1e7) return file;
  } catch {
    // told below
  }
  throw new CardError('card.unreadable');
}

export async function openCard(text: string, pin: string): Promise<OpenCard> {
  const { certificate, algorithm = 'ES256', key } = read(text), rsa = algorithm === 'RS256';
  const kind = rsa ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: 'P-256' };
  let der: ArrayBuffer;
  try {
    const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey']);
    const opener = await crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(key.salt), iterations: key.iterations }, secret, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
    der = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytesOf(key.iv) }, opener, bytesOf(key.ciphertext));
  } catch (error) {
    throw new CardError(error instanceof DOMException && error.name === 'OperationError' ? 'card.pin' : 'card.unreadable');
  }
  const signer = await crypto.subtle.importKey('pkcs8', der, kind, false, ['sign']).catch(() => {
    throw new CardError('card.unreadable');
  });
  return {
    certificate: certificate.replace(/-----[^-]+-----|\s/g, ''),
    sign: async (challenge) => {
      const signature = new Uint8Array(await crypto.subtle.sign(rsa ? kind.name : { name: 'ECDSA', hash: 'SHA-256' }, signer, bytesOf(challenge)));
      return base64Of(rsa ? signature : derOf(signature));
    },
  };
}

/** What the program wants of a card that signs in or is enrolled. */
export interface CardAnswer {
  id: string;
  certificate: string;
  signature: string;
}
/** Opens the card, has the program give it a challenge, and signs that. */
export async function answerOfCard(text: string, pin: string): Promise<CardAnswer> {
  const card = await openCard(text, pin), { challenge, id } = (await (await send('POST', '/auth/card/challenge', {})).json()) as { challenge: string; id: string };
  return { id, certificate: card.certificate, signature: await card.sign(challenge) };
}

/** r and s beside each other, as browsers give them, to the DER that the rest of the world reads. */
export function derOf(pair: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array): number[] => {
    let from = 0;
    while (from < bytes.length - 1 && bytes[from] === 0) from++;
    const short = [...bytes.subarray(from)];
    if (short[0]! & 0x80) short.unshift(0);
    return [2, short.length, ...short];
  };
  const half = pair.length / 2, body = [...integer(pair.subarray(0, half)), ...integer(pair.subarray(half))];
  return new Uint8Array([0x30, body.length, ...body]);
}
