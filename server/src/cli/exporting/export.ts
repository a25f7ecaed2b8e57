/** `candor export`: what leaves the collector as files. */
import type { Command } from 'commander'
import { addFeed } from '../releases/export-feed.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addRecords } from './export-records.ts'

export function addExport(program: Command, terminal: Terminal): void {
  const parent = program
    .command('export')
    .description('write records of a product to files, or the signed feed for a static host')
  addRecords(parent, terminal)
  addFeed(parent, terminal)
}
