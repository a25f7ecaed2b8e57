/** The public address: published folders, as their bytes, for anybody and for any cache. */
import type { Contract } from '@candor/contract'
import { etagOf, hasAlready } from '../../http/etag.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../../http/route.ts'
import { escaped } from '../data/open-data.ts'
import { policy, style } from './style.ts'

export interface PublicPages {
  readonly routes: readonly HttpRoute[]
  /** Something of it was published. */
  forget(product: string): void
}

interface Sources {
  readonly products: () => readonly Contract[]
  /** By path; empty where nothing was published yet. */
  readonly read: (product: string) => Promise<ReadonlyMap<string, Buffer>>
}

interface File {
  readonly body: Buffer
  readonly etag: string
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  csv: 'text/csv; charset=utf-8; header=present',
  atom: 'application/atom+xml',
  parquet: 'application/vnd.apache.parquet'
}
/** New numbers come once a month: an hour more hurts nobody, and any cache may answer. */
const cached = 'public, max-age=3600'
const always = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  // Whoever reads published numbers may do it from any page.
  'Access-Control-Allow-Origin': '*'
}

export function createPublicPages({ products, read }: Sources): PublicPages {
  const kept = new Map<string, Promise<ReadonlyMap<string, File>>>()
  const filesOf = (product: string): Promise<ReadonlyMap<string, File>> => {
    const known =
      kept.get(product) ??
      read(product).then(
        (files) => new Map([...files].map(([path, body]) => [path, { body, etag: etagOf(body) }]))
      )
    kept.set(product, known)
    // What could not be read is read again.
    known.catch(() => kept.delete(product))
    return known
  }
  const answer = async (request: HttpRequest): Promise<HttpAnswer> => {
    const found = /^\/public\/([a-z][a-z0-9-]{0,39})(?:\/(.*))?$/.exec(request.path)
    const contract = products().find(({ product }) => product === found?.[1])
    if (found === null || contract === undefined) return notFound
    if (found[2] === undefined) return moved(`/public/${contract.product}/`)
    const path = found[2] === '' ? 'index.html' : found[2]
    const file = (await filesOf(contract.product)).get(path)
    return file === undefined ? notFound : fileAnswer(path, file, request)
  }
  const list = (): HttpAnswer => page(200, listOf(products()))
  return {
    routes: [route('/public/*', answer), route('/public', list), route('/', list)],
    forget: (product) => {
      kept.delete(product)
    }
  }
}

function fileAnswer(path: string, { body, etag }: File, request: HttpRequest): HttpAnswer {
  const type = types[path.slice(path.lastIndexOf('.') + 1)] ?? 'text/plain; charset=utf-8'
  const isEmbed = path.startsWith('embed/')
  const own = {
    'Content-Type': type,
    'Cache-Control': path.startsWith('data/') ? `${cached}, immutable` : cached,
    ETag: etag,
    ...always,
    // Only the small pages of single charts may stand in somebody else's page.
    'Content-Security-Policy': `${policy}; frame-ancestors ${isEmbed ? '*' : "'none'"}`,
    ...(isEmbed ? {} : { 'X-Frame-Options': 'DENY' })
  }
  return hasAlready(request, etag)
    ? { status: 304, headers: own, body: '' }
    : { status: 200, headers: own, body }
}

function moved(to: string): HttpAnswer {
  return { status: 308, headers: { Location: to, ...always }, body: '' }
}

const notFound = page(404, '<main><h1>Nothing is published here</h1></main>')

function listOf(products: readonly Contract[]): string {
  const items = products.map(
    ({ product, title, publication }) =>
      `<li><a href="/public/${product}/">${escaped(title)}</a> ` +
      `<span class="soft">${escaped(publication?.says ?? '')}</span></li>`
  )
  return `<header><h1>Published numbers</h1></header><main><ul>${items.join('')}</ul></main>`
}

function page(status: number, body: string): HttpAnswer {
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'public, max-age=60',
      'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
      ...always
    },
    body:
      '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
      '<meta name="viewport" content="width=device-width, initial-scale=1">' +
      `<title>Published numbers</title><style>${style}</style></head><body>${body}</body></html>`
  }
}

function route(path: string, handle: HttpRoute['handle']): HttpRoute {
  return {
    method: 'GET',
    path,
    bodyBytesMax: 0,
    handle,
    refused: () => ({ ...notFound, status: 400 })
  }
}
