// A small program with posthog-node, used as its documentation advises:
// https://posthog.com/docs/libraries/node
// Options are the defaults; `disabled` is the documented switch, and `shutdown()` the documented
// end.
import { randomUUID } from 'node:crypto'
import { PostHog } from 'posthog-node'

const posthog = new PostHog('phc_conformance', {
  host: process.env['VENDOR_ENDPOINT'],
  disabled: process.env['VENDOR_TELEMETRY'] === 'off'
})
const distinctId = randomUUID()

if (process.argv.includes('--wait')) {
  for (const step of [1, 2, 3])
    posthog.capture({ distinctId, event: 'imported', properties: { step } })
  process.stdout.write('recorded\n')
  setTimeout(() => undefined, 60_000)
} else {
  posthog.capture({ distinctId, event: 'ran', properties: {} })
  await new Promise((resolve) => setTimeout(resolve, 60))
  process.stdout.write('42\n')
  await posthog.shutdown()
}
