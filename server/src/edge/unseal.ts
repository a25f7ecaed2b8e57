/** Opens what edges sealed: the collector's half, with a key that is made of its secret. */
import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto'
import { joinedBytes, nonce, pointBytes, sealInfo, tagBytes } from './seal.ts'

export interface EdgeKey {
  /** The point's bytes in base64url: for the bundle that edges are given. */
  readonly publicKey: string
  /** Undefined for what was not sealed for this key under this name. Never throws. */
  open(name: string, box: Buffer): Buffer | undefined
}

const curve = 'prime256v1'

export function edgeKeyOf(seed: Buffer): EdgeKey {
  const own = createECDH(curve)
  own.setPrivateKey(seed)
  const point = own.getPublicKey()
  return {
    publicKey: point.toString('base64url'),
    open(name, box) {
      if (box.length < pointBytes + tagBytes) return undefined
      const sender = box.subarray(0, pointBytes)
      try {
        const shared = own.computeSecret(sender)
        const key = hkdfSync('sha256', shared, joinedBytes(sender, point), sealInfo, 32)
        const cipher = createDecipheriv('aes-256-gcm', Buffer.from(key), nonce)
        cipher.setAAD(Buffer.from(name))
        cipher.setAuthTag(box.subarray(-tagBytes))
        return Buffer.concat([cipher.update(box.subarray(pointBytes, -tagBytes)), cipher.final()])
      } catch {
        // The point is none of the curve, or the bytes are not what their tag says.
        return undefined
      }
    }
  }
}
