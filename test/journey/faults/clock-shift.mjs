// Loaded before a server (`node --import`): its clock is as many milliseconds off as a file says.
import { readFileSync } from 'node:fs'

const file = process.env['FAULTS_CLOCK']
const real = Date.now
let lookedAt = 0
let shiftMs = 0
Date.now = () => {
  const now = real()
  if (file !== undefined && now - lookedAt > 50) {
    lookedAt = now
    shiftMs = Number(readFileSync(file, 'utf8'))
  }
  return now + shiftMs
}
