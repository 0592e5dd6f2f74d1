// Blobs in S3: a key there is the key here. An object appears whole or not at all.

import type { S3Client } from '@aws-sdk/client-s3'
import { HostFailure } from '../errors.ts'
import { bounded, CLIENT } from './client.ts'
import { awsFailure } from './failure.ts'

/** Loaded when it is first needed: its code is most of a cold start. */
let loaded: Promise<typeof import('@aws-sdk/client-s3')> | undefined
let client: S3Client | undefined

/** S3's own limit. */
export const KEY_BYTES_MAX = 1024

/** The blobs of a bucket. */
export class S3Blobs {
  readonly #bucket: string

  constructor(bucket: string) {
    this.#bucket = bucket
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(key, async (s3, client) => {
      try {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: this.#bucket, Key: key }), bounded())
        return await Body?.transformToByteArray()
      } catch (error) {
        if (error instanceof s3.NoSuchKey) return undefined
        throw error
      }
    })
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask(key, (s3, client) =>
      client.send(new s3.PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes }), bounded()),
    )
  }

  async list(prefix: string): Promise<string[]> {
    return this.#ask(prefix, async (s3, client) => {
      const keys: string[] = []
      let ContinuationToken: string | undefined
      do {
        const command = new s3.ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken })
        const page = await client.send(command, bounded())
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''))
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken)
      return keys
    })
  }

  async #ask<T>(key: string, ask: (s3: typeof import('@aws-sdk/client-s3'), client: S3Client) => Promise<T>): Promise<T> {
    const bytes = new TextEncoder().encode(key).length
    if (bytes > KEY_BYTES_MAX) throw new HostFailure(`S3: a key of ${bytes} bytes, expected at most ${KEY_BYTES_MAX}`, false)
    loaded ??= import('@aws-sdk/client-s3')
    const s3 = await loaded
    // Checksums beyond those of TLS would be computed in JavaScript.
    client ??= new s3.S3Client({
      ...CLIENT,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
    try {
      return await ask(s3, client)
    } catch (error) {
      throw awsFailure(`S3 bucket ${this.#bucket}`, error)
    }
  }
}
