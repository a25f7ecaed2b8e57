import { expect, it } from 'vitest'
import { allColumns, testContract } from './contract.test-support.ts'
import { openTestEngine } from './engine.test-support.ts'
import { migrate, type StorageRun } from './migrate.ts'

// An altered filler gives a block another id than it has after the engine's next start, and a block that was cut off would count twice.
it('are never altered, and made anew only for another query', async () => {
  const engine = await openTestEngine()
  const said: string[] = []
  const run: StorageRun = {
    query: engine.query,
    command: (request) => {
      said.push(request.sql)
      return engine.command(request)
    }
  }
  const ofFillers = (): readonly string[] =>
    said.splice(0).filter((sql) => /_to_(?:records|days|installations|installation_days|environment_days|snapshots)\b/.test(sql))
  try {
    const contract = testContract({ columns: allColumns.slice(0, 1) })
    await migrate(run, [contract])
    const first = ofFillers()
    expect(first.filter((sql) => sql.startsWith('CREATE')).length).toBeGreaterThan(4)
    expect(first.filter((sql) => sql.startsWith('ALTER'))).toEqual([])
    await migrate(run, [contract])
    expect(ofFillers()).toEqual([])
    await migrate(run, [testContract({ columns: allColumns.slice(0, 2) })])
    const widened = ofFillers()
    expect(new Set(widened.map((sql) => sql.split(' ', 1)[0]))).toEqual(new Set(['DROP', 'CREATE']))
    expect(widened.every((sql) => /_to_(?:records|snapshots)\b/.test(sql))).toBe(true)
  } finally {
    await engine.close()
  }
})
