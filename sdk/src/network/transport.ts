/**
 * How do bytes reach the network without the program noticing? In an unreferenced thread, with a
 * deadline here that needs nothing from it.
 */
import { Worker } from 'node:worker_threads'
import type { Effects, NetworkAnswer, NetworkRequest, Transport } from '../effects.ts'
import { threadText, type ThreadAnswer, type ThreadRequest } from './network-thread.ts'
import { proxyFor } from './proxy.ts'

export type { NetworkAnswer, NetworkRequest, Transport }

export function openTransport(
  effects: Pick<Effects, 'after' | 'transport' | 'variables'>
): Transport {
  return effects.transport?.() ?? openThread(effects)
}

function openThread(effects: Pick<Effects, 'after' | 'variables'>): Transport {
  let worker: Worker | undefined
  let lastId = 0
  const waiting = new Map<
    number,
    { readonly awaited: boolean; readonly answer: (answer: NetworkAnswer) => void }
  >()

  const settle = (id: number, answer: NetworkAnswer): void => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (![...waiting.values()].some(({ awaited }) => awaited)) worker?.unref()
    asked?.answer(answer)
  }
  const stop = (says: string): void => {
    const ended = worker
    worker = undefined
    ended?.removeAllListeners()
    // A thread that is being ended may still raise an error, which nobody is there to hear.
    ended?.on('error', () => {})
    void ended?.terminate()
    for (const id of waiting.keys()) settle(id, { is: 'failed', says })
  }
  const start = (): Worker => {
    const started = new Worker(threadText(), {
      eval: true,
      name: 'telemetry',
      // It gets neither loaders nor preloaded modules of the host, nor its variables.
      execArgv: [],
      env: {},
      argv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 }
    })
    started.on('message', ({ id, ...answer }: ThreadAnswer) => settle(id, answer))
    started.on('error', (error) => stop(error.message))
    started.on('exit', () => stop('the thread ended'))
    // Last: to listen to a thread is to hold on to it.
    started.unref()
    return started
  }

  return {
    send(request) {
      return new Promise((resolve) => {
        lastId += 1
        const id = lastId
        const cancel = effects.after(request.deadlineMs, () =>
          stop(`no answer within ${request.deadlineMs} ms`)
        )
        waiting.set(id, {
          awaited: request.awaited,
          answer(answer) {
            cancel()
            resolve(answer)
          }
        })
        try {
          worker ??= start()
          if (request.awaited) worker.ref()
          const { variables } = effects
          const asked: ThreadRequest = {
            id,
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            connectMs: request.connectMs,
            deadlineMs: request.deadlineMs,
            answerBytesMax: request.answerBytesMax,
            ca: request.ca,
            extraCaFile: variables['NODE_EXTRA_CA_CERTS'],
            proxy: proxyFor(request.url, variables)
          }
          // A thread has no origin.
          // oxlint-disable-next-line unicorn/require-post-message-target-origin
          worker.postMessage(asked)
        } catch (error) {
          stop(error instanceof Error ? error.message : String(error))
        }
      })
    },
    close: () => stop('closed')
  }
}
