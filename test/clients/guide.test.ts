/** Does the page of clients list each of them by the line that is run, in the release that is? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../journey/world/candor-server.ts'
import { clients, programOf } from './clients.ts'

const listed = readFileSync(join(root, 'docs', 'guide', 'clients.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, name, version, told] = /^\| (\S[^|]*) \| (v?\d\S*) \| `([^|]*)` \|/.exec(line) ?? []
    return name === undefined ? [] : [{ name, version, told: told ?? '' }]
  })

it('is each client that is tried, in its first release', () => {
  expect(listed.map(({ name, version }) => [name, version])).toEqual(
    clients.map(({ name, versions }) => [name, versions[0]])
  )
})

it.each(listed)('$name is re-pointed by the line that its program has', ({ name, told }) => {
  const client = clients.find((each) => each.name === name)
  expect(client && programOf(client, 'http://127.0.0.1:4700')).toContain(told)
})
