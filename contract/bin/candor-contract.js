#!/usr/bin/env node
// The launcher exists before the build, so that `npm ci` can link `npx candor-contract` to it.
import { existsSync } from 'node:fs'

const main = new URL('../dist/command/main.js', import.meta.url)
if (!existsSync(main)) {
  console.error('candor-contract is not built yet. Run: npm run build')
  process.exit(1)
}
await import(main.href)
