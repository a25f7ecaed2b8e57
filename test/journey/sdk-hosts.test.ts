/**
 * The built SDK works however a program takes it in: imported, required, bundled by esbuild or
 * rollup; `scripts/sdk-hosts.mjs 22 24` tries other Nodes.
 */
import { expect, it } from 'vitest'

const { tryHosts } = (await import(
  new URL('../../scripts/sdk-hosts.mjs', import.meta.url).href
)) as {
  tryHosts: () => Promise<{ readonly wrong: readonly string[]; readonly tried: number }>
}

it('records, previews and sends the same bytes in every kind of host, silently', async () => {
  expect(await tryHosts()).toEqual({ wrong: [], tried: 6 })
})
