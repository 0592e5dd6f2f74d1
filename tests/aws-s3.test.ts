// Blobs in S3, before a real API server.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { S3Blobs } from '../node-host/src/aws/s3.ts'
import type { HostFailure } from '../node-host/src/errors.ts'
import { startAws } from './real-parts.ts'

Object.assign(process.env, await startAws({ after }))
const region = { LocationConstraint: 'eu-west-2' } as const
await new S3Client({}).send(new CreateBucketCommand({ Bucket: 'blobs', CreateBucketConfiguration: region }))
const blobs = new S3Blobs('blobs')
const bytes = (text: string) => new TextEncoder().encode(text)

test('what is written is read, every byte, until it is replaced; what was never written is absent', async () => {
  const key = 'dev/runs/R/a b+c&d=é%2F?#/1'
  const all = Uint8Array.from({ length: 3_000_000 }, (_, at) => at * at)
  assert.equal(await blobs.read(key), undefined)
  await blobs.write(key, all)
  assert.deepEqual(await blobs.read(key), all)
  await blobs.write(key, bytes(''))
  assert.deepEqual(await blobs.read(key), bytes(''))
  assert.deepEqual(await blobs.list('dev/runs/R/'), [key])
  assert.deepEqual(await blobs.list('nothing/'), [])
})

test('a bucket that is not there, a key that is too long: trying again will not help', async () => {
  const refused = async (ask: Promise<unknown>) => {
    const error = await ask.then(
      () => assert.fail('it was not refused'),
      (error: HostFailure) => error,
    )
    assert.equal(error.retry, false)
    return error.message
  }
  const absent = new S3Blobs('absent-bucket')
  const expected = 'S3 bucket absent-bucket: NoSuchBucket: The specified bucket does not exist (HTTP 404)'
  assert.equal(await refused(absent.read('a')), expected)
  assert.equal(await refused(absent.write('a', bytes('a'))), expected)
  assert.equal(await refused(absent.list('a')), expected)
  assert.equal(await refused(blobs.read('é'.repeat(513))), 'S3: a key of 1026 bytes, expected at most 1024')
})
