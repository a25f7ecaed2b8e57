import { describe, expect, it } from 'vitest'
import { testTerminal } from '../program.test-support.ts'
import { connectTo } from './terminal.ts'

const named = { CANDOR_URL: 'http://127.0.0.1:4700', CANDOR_TOKEN: 'a-token-of-this-server' }

const serverOf = async (environment: Readonly<Record<string, string>>): Promise<string> =>
  (await connectTo(testTerminal({ environment }), {})).address.url

describe('a command that is told its server', () => {
  it('asks it, whatever else of a similar name stands in the environment', async () => {
    expect(await serverOf({ ...named, CANDOR_REPO: '/src/candor' })).toBe(named.CANDOR_URL)
  })

  it('is told of a misspelled name where half of what it needs is missing', async () => {
    const { CANDOR_URL } = named
    const misspelled = { CANDOR_URL, CANDOR_TOKN: named.CANDOR_TOKEN }
    await expect(serverOf(misspelled)).rejects.toThrow('There is no variable CANDOR_TOKN')
  })
})
