// Is what is sent now kept? Ends with 0 if so: a container's health check, without a shell or curl.
const port = process.env.CANDOR_PORT ?? '4700'
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`, {
    signal: AbortSignal.timeout(4_000)
  })
  process.exit(ok ? 0 : 1)
} catch {
  process.exit(1)
}
