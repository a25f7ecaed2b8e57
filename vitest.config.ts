import { defineConfig } from 'vitest/config'

const path = (relative: string): string => decodeURI(new URL(relative, import.meta.url).pathname)

/** Journeys that fill the machine, or hold its disk, memory or processes: one at a time. */
const alone = [
  'faults/faults',
  'engine-faults',
  'full-disk',
  'kill',
  'overload',
  'sdk-crash',
  'torture'
].map((name) => `test/journey/${name}.test.ts`)

// Six projects: `unit` needs nothing built, and `shards` runs some of its tests again on tables
// that are spread over two shards; `journey` starts the built server as a user would, and `alone`
// does so while nothing else runs; `postgres` starts servers of PostgreSQL; `clients` installs
// clients from registries.
export default defineConfig({
  resolve: {
    alias: [
      { find: '@candor/sdk', replacement: path('./sdk/src/index.ts') },
      { find: /^@candor\/contract$/, replacement: path('./contract/src/index.ts') },
      {
        find: '@candor/contract/command',
        replacement: path('./contract/src/command/index.ts')
      },
      {
        find: '@candor/contract/printing',
        replacement: path('./contract/src/command/printing/index.ts')
      },
      { find: '@candor/sql', replacement: path('./sql/src/index.ts') },
      { find: /^#values\/(.*)$/, replacement: path('./values/src/$1.ts') }
    ]
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: [new URL('./test/seed.ts', import.meta.url).pathname],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'values/**/*.test.ts',
            'contract/**/*.test.ts',
            'sdk/**/*.test.ts',
            'sql/**/*.test.ts',
            'server/**/*.test.ts',
            'dashboard/src/**/*.test.ts',
            'postgres/src/**/*.test.ts',
            'test/*.test.ts',
            'test/conformance/**/*.test.ts'
          ],
          exclude: ['server/src/storage/cluster/cluster.test.ts']
        }
      },
      {
        extends: true,
        test: {
          name: 'shards',
          env: { CANDOR_TEST_SHARDS: '2' },
          include: [
            'server/src/storage/jobs/erase.test.ts',
            'server/src/storage/jobs/retention.test.ts',
            'server/src/storage/cluster/cluster.test.ts',
            'server/src/storage/tables/materialized-views.test.ts',
            'server/src/analytics/twin/oracle.test.ts'
          ]
        }
      },
      {
        extends: true,
        test: { name: 'journey', include: ['test/journey/**/*.test.ts'], exclude: alone }
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, fileParallelism: false }
      },
      {
        extends: true,
        test: { name: 'postgres', include: ['postgres/test/*.test.ts'], fileParallelism: false }
      },
      {
        extends: true,
        test: {
          name: 'clients',
          include: ['test/clients/*.test.ts'],
          // DBLab's repository and its Go modules are fetched and built by `npm run clients` alone.
          exclude: process.env['CLIENTS'] ? [] : ['test/clients/dblab-engine.test.ts'],
          fileParallelism: false
        }
      }
    ]
  }
})
