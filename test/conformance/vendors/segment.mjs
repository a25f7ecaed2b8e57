// A small program with @segment/analytics-node, used as its documentation advises:
// https://segment.com/docs/connections/sources/catalog/libraries/server/node/
// Options are the defaults; `disable` is the documented switch, and `closeAndFlush()` the
// documented end.
import { randomUUID } from 'node:crypto'
import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({
  writeKey: 'conformance',
  host: process.env['VENDOR_ENDPOINT'],
  disable: process.env['VENDOR_TELEMETRY'] === 'off'
})
const anonymousId = randomUUID()

if (process.argv.includes('--wait')) {
  for (const step of [1, 2, 3])
    analytics.track({ anonymousId, event: 'imported', properties: { step } })
  process.stdout.write('recorded\n')
  setTimeout(() => undefined, 60_000)
} else {
  analytics.track({ anonymousId, event: 'ran', properties: {} })
  await new Promise((resolve) => setTimeout(resolve, 60))
  process.stdout.write('42\n')
  await analytics.closeAndFlush()
}
