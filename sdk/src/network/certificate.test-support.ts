/**
 * A certificate for localhost and collector.test that only tests trust, and its key: made once with
 * openssl, worth nothing anywhere.
 */

export function certificate(): { readonly key: string; readonly cert: string } {
  return { key, cert }
}

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpXhdmhOyRU3rzDR+
SLXndGEmfaIc2Pd+/IYb07JgQLuhRANCAARqj9Tm2aBmX8Z/DFSTVjUmfRxaO/0a
DLp5f5oq0H2hqelCDwgzYlIxRsw0mpgd8uPtsl95RkpSsb6vwl7z+ssY
-----END PRIVATE KEY-----
`

const cert = `-----BEGIN CERTIFICATE-----
MIIBtDCCAVugAwIBAgIUOWQ6BFrz2E6j3nXUoVacNH9QT0swCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVsZW1ldHJ5IHRlc3QwIBcNMjYxMTIwMTczMjI1WhgPMjEy
NjEwMjcxNzMyMjVaMBkxFzAVBgNVBAMMDlRlbGVtZXRyeSB0ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEao/U5tmgZl/GfwxUk1Y1Jn0cWjv9Ggy6eX+aKtB9
oanpQg8IM2JSMUbMNJqYHfLj7bJfeUZKUrG+r8Je8/rLGKN/MH0wHQYDVR0OBBYE
FD9jmudddfMy2cgVRPXEkfHZNQvbMB8GA1UdIwQYMBaAFD9jmudddfMy2cgVRPXE
kfHZNQvbMA8GA1UdEwEB/wQFMAMBAf8wKgYDVR0RBCMwIYIJbG9jYWxob3N0gg5j
b2xsZWN0b3IudGVzdIcEfwAAATAKBggqhkjOPQQDAgNHADBEAiBByfp+obM7CQQz
r0RDiWjMUVsQHaUbLN6x/1XHSEDp+QIgf2u/2X0Eq84vVp9jBw8rS7De8KeilAI5
edzvPqHNdGk=
-----END CERTIFICATE-----
`
