/** This is the command line's entrance: the real terminal. */
import process from 'node:process'
import { runProgram } from './cli/program.ts'

await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exit: (code) => void (process.exitCode = code)
})
