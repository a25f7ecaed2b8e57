/**
 * A real OpenID provider on loopback, as a process of its own: whoever signs in gives the name that
 * they have in PEOPLE, and any password. Prints its address.
 */
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const people = JSON.parse(process.env.PEOPLE ?? '{}')
const [secret, redirect] = [process.env.CLIENT_SECRET ?? '', process.env.REDIRECTS ?? '']
const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'candor',
      client_secret: secret,
      redirect_uris: redirect.split(' '),
      grant_types: ['authorization_code'],
      response_types: ['code']
    }
  ],
  scopes: ['openid', 'email', 'profile'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['of this test alone'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email_verified: true, ...people[id] })
  })
})
server.on('request', provider.callback())
process.stdout.write(`${issuer}\n`)
