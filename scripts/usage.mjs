// Says what a script is for, and ends it, where it was asked with --help.
import { argv, exit } from 'node:process'
import { fileURLToPath } from 'node:url'

/** Before anything else is done; a script that another one imports is not asked. */
export function answerHelp(url, usage) {
  if (argv[1] !== fileURLToPath(url)) return
  if (!argv.slice(2).some((word) => word === '--help' || word === '-h')) return
  console.log(usage)
  exit(0)
}
