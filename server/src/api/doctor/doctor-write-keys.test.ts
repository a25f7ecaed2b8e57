import { expect, it } from 'vitest'
import { writeKeyCheck } from './doctor-write-keys.ts'

const key = { key: 'dlt', product: 'dlt', revoked: false, from: 'name', createdAt: null } as const

it('says whose name is still a key, and warns of keys that nobody gave out', () => {
  expect(writeKeyCheck([key], { requests: 0, nearest: undefined })).toMatchObject({
    is: 'ok',
    says: expect.stringContaining('the name is the key of dlt;')
  })
  expect(writeKeyCheck([], { requests: 17, nearest: 'acme' })).toMatchObject({
    is: 'warning',
    says:
      '17 requests today with keys that nobody gave out, nearest `acme`; each product has keys ' +
      'of its own'
  })
})
