/**
 * The tracer's lines are read for what they say, and for nothing that a program wrote into them.
 */
import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTrace } from './trace.ts'

const read = (...lines: string[]): ReturnType<typeof readTrace> =>
  readTrace([lines.join('\n')], '/folder')

describe('contacts', () => {
  it('are told by address and port, whether they were reached or not', () => {
    const { contacts, sockets } = read(
      'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 18<socket:[12]>',
      'connect(18<socket:[12]>, {sa_family=AF_INET, sin_port=htons(47000), ' +
        'sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINPROGRESS (Operation now in progress)',
      'connect(19<socket:[13]>, {sa_family=AF_INET6, sin6_port=htons(443), ' +
        'sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), ' +
        'sin6_scope_id=0}, 28) = -1 ENETUNREACH (Network is unreachable)',
      'sendto(20<socket:[14]>, "x", 1, MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=htons(53), ' +
        'sin_addr=inet_addr("9.9.9.9")}, 16) = 1',
      'connect(22<socket:[15]>, {sa_family=AF_UNIX, sun_path="/run/docker.sock"}, 110) = -1 ' +
        'ENOENT (No such file or directory)'
    )
    expect(contacts).toEqual([
      '127.0.0.1:47000',
      '[2001:db8::1]:443',
      '9.9.9.9:53',
      'unix:/run/docker.sock'
    ])
    expect(sockets).toEqual(['AF_INET'])
  })

  it('are counted even where the thread was killed within the call', () => {
    expect(
      read(
        'connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(80), ' +
          'sin_addr=inet_addr("10.0.0.1")}, 16 <unfinished ...>'
      ).contacts
    ).toEqual(['10.0.0.1:80'])
  })

  it('are not the C library’s cache where there is none', () => {
    const probe =
      'connect(22<socket:[15]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = '
    expect(read(`${probe}-1 ENOENT (No such file or directory)`).contacts).toEqual([])
    expect(read(`${probe}0`).contacts).toEqual(['unix:/var/run/nscd/socket'])
  })

  it('are no addresses that stand in a text that was sent', () => {
    const text = String.raw`sendto(3<socket:[1]>, "{sin_port=htons(80), sin_addr=inet_addr(\"6.6.6.6\")}", 50, 0, NULL, 0) = 50`
    expect(read(text).contacts).toEqual([])
  })
})

describe('files', () => {
  it('count as written when they were opened for it, made, renamed to or altered', () => {
    const { written, removed } = read(
      'openat(AT_FDCWD</w>, "notes", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 17</w/notes>',
      'openat(AT_FDCWD</w>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 17</etc/passwd>',
      'mkdir("/w/a b", 0777) = 0',
      'mkdir("/w/taken", 0777) = -1 EEXIST (File exists)',
      'renameat2(AT_FDCWD</w>, "new", AT_FDCWD</w>, "old", 0) = 0',
      'unlink("/w/gone") = 0',
      'symlink("/target", "/w/link") = 0',
      'ftruncate(21</w/log>, 0) = 0'
    )
    expect(written).toEqual(['/w/notes', '/w/a b', '/w/old', '/w/link', '/w/log'])
    expect(removed).toEqual(['/w/new', '/w/gone'])
  })

  it('are named as the file system has them, with parentheses, quotes and letters of any language', () => {
    const line = String.raw`openat(AT_FDCWD</w>, "a) = 3 \"b\" \303\251", O_RDWR|O_CREAT, 0666) = 17</w/a) = 3 "b" \303\251>`
    expect(read(line).written).toEqual(['/w/a) = 3 "b" é'])
  })

  it('that are written under another name first are told by the name that stays', () => {
    const open = (path: string): string =>
      `openat(AT_FDCWD</w>, "${path}", O_WRONLY|O_CREAT, 0600) = 3<${path}>`
    const { written } = read(
      open('/w/a.tmp'),
      'rename("/w/a.tmp", "/w/a") = 0',
      open('/w/b.tmp'),
      'link("/w/b.tmp", "/w/b") = 0',
      'unlink("/w/b.tmp") = 0',
      open('/w/c.tmp'),
      'unlink("/w/c.tmp") = 0'
    )
    expect(written).toEqual(['/w/a', '/w/b', '/w/c.tmp'])
  })

  it('are told from the folder that the program went to', () => {
    const { written } = read(
      'chdir("sub") = 0',
      'mkdir("a", 0777) = 0',
      'chdir("gone") = -1 ENOENT (No such file or directory)',
      'mkdir("b", 0777) = 0',
      'fchdir(3</w>) = 0',
      'mkdir("c", 0777) = 0'
    )
    expect(written).toEqual(['/folder/sub/a', '/folder/sub/b', '/w/c'])
  })

  it('are not devices, and not what the kernel shows of processes', () => {
    const lines = ['/dev/null', '/proc/self/oom_score_adj'].map(
      (path) => `openat(AT_FDCWD</w>, "${path}", O_WRONLY) = 3<${path}>`
    )
    expect(read(...lines).written).toEqual([])
  })

  it('that only bear the name of a flag are not written', () => {
    expect(read('openat(AT_FDCWD</w>, "O_CREAT", O_RDONLY) = 3</w/O_CREAT>').written).toEqual([])
  })
})

it('a ring that the tracer cannot see into is told', () => {
  expect(read('io_uring_setup(64, {flags=0}) = 5').isOpaque).toBe(true)
  expect(read('io_uring_setup(64, {flags=0}) = -1 EPERM (Operation not permitted)').isOpaque).toBe(
    false
  )
})

it('reads any text without failing', () => {
  const call = constantFrom(
    'openat(',
    'connect(',
    'mkdir(',
    ') = 3',
    '</a',
    '>',
    '"',
    String.raw`\3`,
    'sun_path="',
    ', ',
    'O_CREAT',
    '\n'
  )
  assert(
    property(array(oneof(call, string()), { maxLength: 40 }), (parts) => {
      const { contacts, written } = readTrace([parts.join('')], '/folder')
      return Array.isArray(contacts) && Array.isArray(written)
    })
  )
})
