import { expect, it } from 'vitest'
import { AnswerTimes } from './answer-times.ts'

it('counts each answer under every bound that it keeps to, by route and status', () => {
  const times = new AnswerTimes()
  for (const seconds of [0, 0.001, 0.0011, 0.3, 7]) times.observe('/v1/track', 200, seconds)
  times.observe('*/dlt', 503, 0.02)
  expect(times.text(() => true).split('\n')).toEqual(
    expect.arrayContaining([
      '# TYPE candor_answer_seconds histogram',
      'candor_answer_seconds_bucket{le="0.001",route="/v1/track",status="200"} 2',
      'candor_answer_seconds_bucket{le="0.0025",route="/v1/track",status="200"} 3',
      'candor_answer_seconds_bucket{le="0.25",route="/v1/track",status="200"} 3',
      'candor_answer_seconds_bucket{le="1",route="/v1/track",status="200"} 4',
      'candor_answer_seconds_bucket{le="+Inf",route="/v1/track",status="200"} 5',
      'candor_answer_seconds_sum{route="/v1/track",status="200"} 7.3021',
      'candor_answer_seconds_count{route="/v1/track",status="200"} 5',
      'candor_answer_seconds_count{route="*/dlt",status="503"} 1'
    ])
  )
})
