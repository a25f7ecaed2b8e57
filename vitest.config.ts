import { defineConfig } from 'vitest/config'

// Two projects: `unit` is quick and needs nothing built; `journey` starts the built server as a
// user would.
export default defineConfig({
  resolve: {
    alias: {
      '@candor/sdk': new URL('./sdk/src/index.ts', import.meta.url).pathname,
      '@candor/contract': new URL('./contract/src/index.ts', import.meta.url).pathname
    }
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
            'contract/**/*.test.ts',
            'sdk/**/*.test.ts',
            'server/**/*.test.ts',
            'dashboard/src/**/*.test.ts',
            'test/*.test.ts',
            'test/conformance/*.test.ts'
          ]
        }
      },
      {
        extends: true,
        test: { name: 'journey', include: ['test/journey/**/*.test.ts'], fileParallelism: false }
      }
    ]
  }
})
