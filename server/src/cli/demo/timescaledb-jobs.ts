/** How a simulated database's background jobs fared since it was made, and with which errors. */

/** `failing`: the part of runs that end badly; above one percent its owner would see errors. */
export function jobsOf({
  runs,
  day,
  failing
}: {
  readonly runs: number
  readonly day: number
  readonly failing: number
}): object {
  return {
    stats_by_job_type: {
      policy_retention: statistics(day + 1, 0),
      policy_compression: statistics(runs, failing),
      policy_refresh_continuous_aggregate: statistics(runs * 2, failing / 2),
      policy_telemetry: statistics(day + 1, 0)
    },
    ...(failing > 0.01
      ? {
          errors_by_sqlerrcode: {
            policy_compression: { '53200': 3, '40P01': 1 + (day % 4) },
            policy_refresh_continuous_aggregate: { '57014': 2 }
          }
        }
      : {})
  }
}

function statistics(total: number, rate: number): object {
  return {
    total_runs: total,
    total_successes: total - Math.round(total * rate),
    total_failures: Math.round(total * rate),
    total_crashes: 0,
    max_consecutive_failures: rate > 0.01 ? 3 : 0,
    max_consecutive_crashes: 0,
    total_duration: '01:10:00',
    total_duration_failures: '00:00:20'
  }
}
