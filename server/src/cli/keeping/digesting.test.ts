/** A file that can't be read to its end is an error of its copy, and nothing stays open. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { digesting } from './digesting.ts'

it('hands on each byte, and says their digest', async () => {
  const bytes = Buffer.alloc(300_000, 'candor')
  const { content, digest } = digesting(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))
  expect(await buffer(content)).toEqual(bytes)
  expect(digest()).toBe(createHash('sha256').update(bytes).digest('hex'))
})

it('fails where its source fails', async () => {
  const source = new Readable({
    read() {
      this.destroy(new Error('EIO'))
    }
  })
  await expect(buffer(digesting(source).content)).rejects.toThrow('EIO')
})

it('closes its source when nobody reads on', async () => {
  const source = new Readable({
    read() {
      this.push(Buffer.alloc(1_000))
    }
  })
  const { content } = digesting(source)
  for await (const _chunk of content) break
  expect(source.destroyed).toBe(true)
})
