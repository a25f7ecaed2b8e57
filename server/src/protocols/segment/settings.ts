/**
 * What Segment's browser and mobile libraries ask before they send anything: where to, and under
 * which key. Without an answer they send nothing.
 */
import { jsonAnswer } from '../json.ts'
import type { Answer, IngestRoute, WireRequest, Refusals } from '../protocol.ts'

interface SettingsOptions {
  /** Where the library was pointed to: empty, or `/in/<product>`. */
  readonly base: string
  readonly knows: (writeKey: string) => boolean
  /** What this collector itself speaks; a proxy in front of it may say otherwise. */
  readonly scheme: 'http' | 'https'
  readonly refusals: Refusals
}

// Some versions of the libraries double the folder.
const asked = /\/v1(?:\/projects)+\/([^/]+)\/settings\/?$/
const hostText = /^[\w.:[\]-]{1,255}$/

/** GET `/v1/projects/<write key>/settings`, below its base. */
export function settingsRoute({ base, knows, scheme, refusals }: SettingsOptions): IngestRoute {
  const answerOf = (request: WireRequest): Answer => {
    const found = asked.exec(request.path)?.[1]
    if (found === undefined) return refusals['not-found']
    const key = decodeURIComponent(found)
    if (!knows(key)) return unknownKey
    const host = request.headers['host']
    const forwarded = request.headers['x-forwarded-proto']
    return jsonAnswer(
      200,
      settingsOf(key, {
        ...(host === undefined || !hostText.test(host) ? {} : { apiHost: `${host}${base}/v1` }),
        protocol: forwarded === 'http' || forwarded === 'https' ? forwarded : scheme
      }),
      // The answer says who was asked: nobody in between may hand it on to others.
      { 'Cache-Control': 'no-store' }
    )
  }
  return {
    method: 'GET',
    path: `${base}/v1/projects/*`,
    protocol: {
      name: 'segment',
      bodyBytesMax: 0,
      decode: (request) => {
        const answer = answerOf(request)
        const because = answer === unknownKey ? 'unknown-key' : 'constant'
        return { is: 'answered', answer, because }
      },
      accepted: () => refusals['not-found'],
      overloaded: () => refusals['not-found'],
      refusals
    }
  }
}

const unknownKey = jsonAnswer(404, {
  code: 'WRITE_KEY_UNKNOWN',
  message: 'This collector gave out no such write key.',
  success: false
})

/** Everything that the libraries read without asking whether it is there. */
function settingsOf(
  apiKey: string,
  where: { readonly apiHost?: string; readonly protocol: 'http' | 'https' }
): unknown {
  const allowed = { __default: { enabled: true, integrations: {} } }
  return {
    integrations: {
      'Segment.io': { apiKey, ...where, unbundledIntegrations: [], maybeBundledConfigIds: {} }
    },
    plan: { track: allowed, identify: allowed, group: allowed },
    edgeFunction: {},
    middlewareSettings: {},
    enabledMiddleware: {},
    // The library's own figures: nobody here declared those.
    metrics: { sampleRate: 0 },
    analyticsNextEnabled: true,
    legacyVideoPluginsEnabled: false,
    remotePlugins: []
  }
}
