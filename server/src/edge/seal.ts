/**
 * Closes what an edge hands on so that only its collector can open it: no queue between them can
 * read an id. It takes ECDH on P-256, HKDF and AES-256-GCM from Web Crypto.
 */

/** Of a point that is not compressed. */
export const pointBytes = 65
export const tagBytes = 16

/** Every box has a key of its own, so no counter is needed. */
export const nonce = new Uint8Array(12)
export const sealInfo = new TextEncoder().encode('candor edge 1')

/** The bytes of a point, a fresh one, and what it closes. `name` is bound to them. */
export async function sealFor(
  publicKey: Uint8Array,
  name: string,
  text: Uint8Array
): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const to = await subtle.importKey('raw', copied(publicKey), curve, false, [])
  const own = await subtle.generateKey(curve, false, ['deriveBits'])
  const point = new Uint8Array(await subtle.exportKey('raw', own.publicKey))
  const shared = await subtle.deriveBits({ name: 'ECDH', public: to }, own.privateKey, 256)
  const salt = joinedBytes(point, publicKey)
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt, info: sealInfo },
    await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']),
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt']
  )
  const additionalData = new TextEncoder().encode(name)
  const closed = await subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData },
    key,
    copied(text)
  )
  return joinedBytes(point, new Uint8Array(closed))
}

export function joinedBytes(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(one.length + other.length)
  whole.set(one)
  whole.set(other, one.length)
  return whole
}

/** Web Crypto takes no bytes that another thread may share. */
function copied(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinedBytes(bytes, new Uint8Array(0))
}
