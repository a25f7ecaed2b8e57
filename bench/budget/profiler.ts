/**
 * Loaded into a process that is measured: the first SIGUSR2 begins a profile, the next one writes
 * it to `BENCH_PROFILE`.
 */
import { writeFileSync } from 'node:fs'
import { Session, type Profiler } from 'node:inspector'
import { isMainThread } from 'node:worker_threads'

/** Microseconds: often enough for a stage of one per cent, and a profile costs a tenth then. */
const interval = 500
const path = process.env['BENCH_PROFILE']

// The engine's process and threads have it loaded as well.
if (isMainThread && path !== undefined && /candor\.js|floor\.js/.test(process.argv[1] ?? '')) {
  const session = new Session()
  session.connect()
  let isRunning = false
  process.on('SIGUSR2', () => {
    if (isRunning)
      session.post('Profiler.stop', (_error, { profile }) => write(profile, `${path}.cpuprofile`))
    else {
      session.post('Profiler.enable')
      session.post('Profiler.setSamplingInterval', { interval })
      session.post('Profiler.start')
    }
    isRunning = !isRunning
  })
}

function write(profile: Profiler.Profile, to: string): void {
  writeFileSync(to, JSON.stringify(profile))
}
