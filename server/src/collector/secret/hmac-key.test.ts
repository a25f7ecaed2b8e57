import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { HmacKey } from './hmac-key.ts'

it('makes what Node makes, of any text under any key, one after the other', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 64 }),
      fc.array(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 300, maxLength: 2_000 })),
        { maxLength: 4 }
      ),
      (key, texts) => {
        const own = new HmacKey(key)
        for (const text of texts)
          expect(own.hmac(text)).toBe(createHmac('sha256', key).update(text).digest('hex'))
      }
    )
  )
})
