/**
 * The route of `candor contract try`: what would another contract keep of what comes in now? A JSON
 * line of counts each second, until the time is over or its reader leaves.
 */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { compileContract, parseContract, type CompiledContract } from '@candor/contract'
import type { Trial, Trials } from '../../../collector/trials.ts'
import type { Effects } from '../../../effects.ts'
import { CandorError } from '../../../errors.ts'
import type { Audit } from '../../access/audit.ts'
import type { Principal, Reach } from '../../access/scope.ts'
import { endpoint, other, type Endpoint } from '../../describe/endpoint.ts'
import { wholeFrom1, word } from '../../describe/shapes.ts'

export interface TrialServices {
  readonly trials: Pick<Trials, 'begin'>
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  readonly audit: Pick<Audit, 'write'>
  readonly effects: Pick<Effects, 'clock'>
}

const secondsUsual = 60
const secondsMax = 3_600
const countsEveryMs = 1_000
/** Of others than the operator, whose own are never among them. */
const trialsOfOthersMax = 2

export function trialEndpoint(services: TrialServices): Endpoint {
  let ofOthers = 0
  return endpoint({
    method: 'POST',
    path: '/api/v1/contract-trials',
    says:
      'what another contract would keep, reduce and drop of what comes in now: counts, a JSON ' +
      'line each second; nothing of it is kept',
    // Whoever writes the contract can ask for the values of what is sent, one yes or no at a time.
    scope: 'maintain',
    body: () =>
      z.strictObject({
        contract: word('candor: 1 …'),
        seconds: wholeFrom1(secondsUsual, secondsMax)
      }),
    media: ['application/x-ndjson'],
    async handle({ body: { contract, seconds }, who, reach }) {
      const candidate = compiled(contract)
      const { product } = services.productNamed(reach, candidate.contract.product)
      await services.audit.write({ who: who.name, act: 'contract-try', product })
      const isOther = who.owner !== 'operator'
      const mayBegin = !isOther || ofOthers < trialsOfOthersMax
      const trial = mayBegin ? services.trials.begin(candidate) : undefined
      if (trial === undefined)
        throw new CandorError(
          'RATE_LIMITED',
          'So many contracts are tried already; wait for one.',
          {
            details: { retryAfterSeconds: 30 }
          }
        )
      const counts = countsOf(trial, { seconds, who, clock: services.effects.clock })
      if (isOther) {
        ofOthers += 1
        counts.once('close', () => (ofOthers -= 1))
      }
      return other({
        status: 200,
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: counts
      })
    }
  })
}

function countsOf(
  trial: Trial,
  {
    seconds,
    who,
    clock
  }: { readonly seconds: number; readonly who: Principal; readonly clock: Effects['clock'] }
): Readable {
  const stream = new Readable({ read: () => undefined })
  let left = seconds
  let cancel = clock.after(countsEveryMs, tell)
  stream.once('close', () => {
    cancel()
    trial.end()
  })
  return stream

  function tell(): void {
    // A token that was revoked since, or a session that has ended, is told nothing more.
    if (!who.isLive()) return void stream.destroy()
    left -= 1
    const line = { seconds: seconds - left, ...trial.counts() }
    // Each line holds all that was counted, so that a slow reader may miss some.
    if (left <= 0 || stream.readableLength === 0) stream.push(`${JSON.stringify(line)}\n`)
    if (left > 0) cancel = clock.after(countsEveryMs, tell)
    else {
      trial.end()
      stream.push(null)
    }
  }
}

function compiled(source: string): CompiledContract {
  const parsed = parseContract(source)
  if (parsed.is === 'contract') return compileContract(parsed.contract)
  const [first] = parsed.problems
  throw new CandorError(
    'PARAMETER_INVALID',
    `"contract" is none: ${first === undefined ? 'it can not be read' : first.code} (line ` +
      `${first?.line ?? 0}). candor contract check says more.`
  )
}
