/**
 * Whether the model of TimescaleDB's parser takes and refuses what the real one was seen to take
 * and refuse.
 */
import { describe, expect, it } from 'vitest'
import { lintAnswer, parseAnswer, readAsClient } from './answer-parser.ts'

function answer(head: readonly string[], body = '{"is_up_to_date":true}'): Buffer {
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const length = 'Content-Length: 22'

/** An accepted answer of exactly so many bytes. */
function padded(bytes: number): Buffer {
  const bare = answer(['HTTP/1.1 200 OK', 'X: ', length])
  return answer(['HTTP/1.1 200 OK', `X: ${'x'.repeat(bytes - bare.length)}`, length])
}

function read(body: string): unknown {
  return readAsClient(
    answer(['HTTP/1.1 200 OK', `Content-Length: ${Buffer.byteLength(body)}`], body)
  )
}

function behind(version: string): string {
  return JSON.stringify({ is_up_to_date: false, current_timescaledb_version: version })
}

describe('what the client was seen to do', () => {
  it('accepts both versions of HTTP, any 2xx, any order of headers and no reason', () => {
    for (const status of ['HTTP/1.1 200 OK', 'http/1.0 201', 'HTTP/1.1  299 What Ever']) {
      expect(readAsClient(answer([status, 'Content-Type: text/x', length]))).toEqual({
        is: 'up-to-date'
      })
      expect(lintAnswer(answer([status, length, 'Date: Fri, 20 Nov 2026']))).toEqual([])
    }
  })

  it('takes no length from lower-case names, so that the body is seen by luck', () => {
    const bytes = answer(['HTTP/1.1 200 OK', 'content-length: 22'])
    expect(readAsClient(bytes)).toEqual({ is: 'up-to-date' })
    expect(lintAnswer(bytes)).toHaveLength(2)
    expect(parseAnswer(bytes)).toMatchObject({ length: 0, lengthFrom: undefined })
  })

  it('takes a beginning of the name for the whole name', () => {
    expect(readAsClient(answer(['HTTP/1.1 200 OK', length, 'Content: 9999']))).toEqual({
      is: 'incomplete'
    })
    const short = answer(['HTTP/1.1 200 OK', length, 'C: 7'])
    expect(readAsClient(short)).toEqual({ is: 'up-to-date' })
    expect(lintAnswer(short).length).toBeGreaterThan(0)
  })

  it('cannot parse digits, underscores, spaces or points in names, nor folded lines, nor bare line feeds', () => {
    for (const line of [
      'X-B3-TraceId: 1',
      'X_Under: 1',
      'X Space: 1',
      'X.Point: 1',
      ': 1',
      ' folded',
      'no colon',
      'Date: a\nb: c',
      ''
    ]) {
      const bytes = Buffer.from(
        `HTTP/1.1 200 OK\r\n${line}\r\n${length}\r\n\r\n{"is_up_to_date":true}`
      )
      if (line === '') expect(readAsClient(bytes)).toEqual({ is: 'malformed' })
      else expect(readAsClient(bytes)).toEqual({ is: 'parse-error' })
      expect(lintAnswer(bytes).length).toBeGreaterThan(0)
    }
    for (const status of ['', 'Content-Type: x', 'HTTP/2 200 OK', 'HTTP/1.1 OK', 'HTTP/1.1 20x']) {
      expect(readAsClient(answer([status, length]))).toEqual({ is: 'parse-error' })
    }
  })

  it('needs head and body in less than 4096 bytes, and the head whole', () => {
    expect(padded(4095)).toHaveLength(4095)
    expect(readAsClient(padded(4095))).toEqual({ is: 'up-to-date' })
    expect(readAsClient(padded(4096))).toEqual({ is: 'incomplete' })
    expect(lintAnswer(padded(4096))).toHaveLength(1)
    expect(readAsClient(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 14\r\n'))).toMatchObject({
      is: expect.stringMatching(/incomplete|parse-error/) as string
    })
  })

  it('waits for a body that does not come', () => {
    expect(readAsClient(answer(['HTTP/1.1 200 OK', 'Content-Length: 23']))).toEqual({
      is: 'incomplete'
    })
    expect(lintAnswer(answer(['HTTP/1.1 200 OK', 'Content-Length: 23']))).toHaveLength(1)
  })

  it('takes other statuses for failures, and follows no redirect', () => {
    for (const status of [304, 400, 401, 404, 500, 503]) {
      expect(readAsClient(answer([`HTTP/1.1 ${status} X`, length]))).toEqual({
        is: 'unexpected-status',
        status
      })
    }
    expect(lintAnswer(answer(['HTTP/1.1 301 Moved', length]))).toHaveLength(1)
    expect(lintAnswer(answer(['HTTP/1.1 503 X', length]))).toEqual([])
    expect(
      lintAnswer(answer(['HTTP/1.1 503 X', length, 'Transfer-Encoding: chunked']))
    ).toHaveLength(1)
  })
})

describe('the version in the body', () => {
  it('is accepted when it is short and plain', () => {
    for (const newest of [
      '10.1.0',
      '10.1',
      '10',
      '1.0.0-rc1',
      '1.0.0-alpha',
      '123456789',
      '',
      'a',
      'a.b.c',
      '10.1.1a',
      '10.1.1.1',
      'x'.repeat(128)
    ]) {
      expect(read(behind(newest))).toEqual({ is: 'behind', newest })
    }
  })

  it('is refused when it is not', () => {
    for (const version of [
      '!@#$%',
      ' 10 ',
      '10.1.1+rc1',
      '@10.1.1',
      '10.1.1@',
      '1_0',
      'x'.repeat(129)
    ]) {
      expect(read(behind(version))).toEqual({ is: 'bad-version' })
    }
  })

  it('does not matter when the client is up to date', () => {
    for (const body of ['{"is_up_to_date":true}', '{"is_up_to_date":"true","status":200}'])
      expect(read(body)).toEqual({ is: 'up-to-date' })
    expect(read('{"is_up_to_date":"True","current_timescaledb_version":"1.0"}')).toEqual({
      is: 'behind',
      newest: '1.0'
    })
  })

  it('must be there when it is not', () => {
    for (const body of [
      '',
      '{}',
      '[]',
      'null',
      'x',
      '{"current_timescaledb_version":"1.0"}',
      '{"is_up_to_date":false}',
      '{"is_up_to_date":null}'
    ]) {
      expect(read(body)).toEqual({ is: 'malformed' })
    }
  })
})
