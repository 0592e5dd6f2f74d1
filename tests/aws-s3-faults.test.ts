// S3 that denies, throttles, breaks or cannot be reached: what is tried again and what is told.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { S3Blobs } from '../node-host/src/aws/s3.ts'
import type { HostFailure } from '../node-host/src/errors.ts'

let answers: (number | 'drop' | 'page' | 'last page')[] = []
let asked = 0
const CODES: Record<number, string> = { 400: 'ExpiredToken', 403: 'AccessDenied', 500: 'InternalError', 503: 'SlowDown' }
const server = createServer((request, response) => {
  asked += 1
  const answer = answers.shift() ?? 200
  request.resume()
  if (answer === 'drop') return void request.socket.destroy()
  if (answer === 'page' || answer === 'last page') return void response.end(page(answer === 'page', request.url ?? ''))
  const error = `<Error><Code>${CODES[answer]}</Code><Message>so it is</Message></Error>`
  response.writeHead(answer, { 'content-type': 'application/xml' }).end(answer === 200 ? 'the blob' : error)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close())
process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
Object.assign(process.env, { AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
const blobs = new S3Blobs('blobs')

/** A page of a list, with what was asked for as its one key. */
function page(more: boolean, url: string): string {
  const token = new URLSearchParams(url.split('?')[1]).get('continuation-token')
  const next = more ? `<NextContinuationToken>after ${token}</NextContinuationToken>` : ''
  return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}<Contents><Key>${token}</Key></Contents></ListBucketResult>`
}

async function read(...given: typeof answers): Promise<{ asked: number; message: string; retry?: boolean }> {
  answers = given
  asked = 0
  const told = await blobs.read('key').then(
    (bytes) => ({ message: new TextDecoder().decode(bytes) }),
    ({ message, retry }: HostFailure) => ({ message, retry }),
  )
  return { asked, ...told }
}

test('denied: told at once', async () => {
  const message = 'S3 bucket blobs: AccessDenied: so it is (HTTP 403)'
  assert.deepEqual(await read(403), { asked: 1, message, retry: false })
})

test('credentials that ran out: told at once, and new ones may help', async () => {
  const message = 'S3 bucket blobs: ExpiredToken: so it is (HTTP 400)'
  assert.deepEqual(await read(400), { asked: 1, message, retry: true })
})

test('throttled, broken, cut off: tried again', async () => {
  assert.deepEqual(await read(503, 500, 'drop'), { asked: 4, message: 'the blob' })
})

test('but not for ever', async () => {
  const message = 'S3 bucket blobs: SlowDown: so it is (HTTP 503)'
  assert.deepEqual(await read(503, 503, 503, 503, 503), { asked: 4, message, retry: true })
})

test('out of reach', async () => {
  const { asked, message, retry } = await read('drop', 'drop', 'drop', 'drop')
  assert.deepEqual([asked, retry], [4, true])
  assert.match(message, /^S3 bucket blobs: \w+: (socket hang up|read ECONNRESET)/)
})

test('a list of more than a page', async () => {
  answers = ['page', 'page', 'last page']
  assert.deepEqual(await blobs.list('a'), ['null', 'after null', 'after after null'])
})
