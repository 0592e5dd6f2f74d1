// Blobs in S3: a key there is the key here. An object appears whole or not at all.

import { HostFailure } from '../errors.ts'
import { AwsError, awsFailure, unescaped } from './failure.ts'
import type { Received } from './send.ts'
import { type Asked, Service } from './service.ts'

/** S3's own limit. */
export const KEY_BYTES_MAX = 1024

const s3 = new Service('s3')

/** The blobs of a bucket. */
export class S3Blobs {
  readonly #bucket: string

  constructor(bucket: string) {
    this.#bucket = bucket
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    try {
      return (await this.#ask(key, { method: 'GET', path: encoded(key) })).body
    } catch (error) {
      if (error instanceof AwsError && error.name === 'NoSuchKey') return undefined
      throw awsFailure(`S3 bucket ${this.#bucket}`, error)
    }
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#ask(key, { method: 'PUT', path: encoded(key), body: bytes })
    } catch (error) {
      throw awsFailure(`S3 bucket ${this.#bucket}`, error)
    }
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = []
    let from: Record<string, string> = {}
    try {
      for (;;) {
        const query = { 'list-type': '2', 'encoding-type': 'url', prefix, ...from }
        const { body } = await this.#ask(prefix, { method: 'GET', path: '', query })
        const page = new TextDecoder().decode(body)
        for (const [, key = ''] of page.matchAll(/<Key>([^<]*)<\/Key>/g)) keys.push(decodeURIComponent(key.replaceAll('+', ' ')))
        const [, token] = /<NextContinuationToken>([^<]*)</.exec(page) ?? []
        if (token === undefined) return keys
        from = { 'continuation-token': unescaped(token) }
      }
    } catch (error) {
      throw awsFailure(`S3 bucket ${this.#bucket}`, error)
    }
  }

  /** A bucket is part of the host's name, as AWS prefers it, where it can be: not elsewhere, and not with a certificate for one label. */
  async #ask(key: string, asked: Asked): Promise<Received> {
    const bytes = new TextEncoder().encode(key).length
    if (bytes > KEY_BYTES_MAX) throw new HostFailure(`S3: a key of ${bytes} bytes, expected at most ${KEY_BYTES_MAX}`, false)
    const inPath = (await s3.endpoint()) !== undefined || this.#bucket.includes('.')
    if (inPath) return s3.ask({ ...asked, path: `/${this.#bucket}/${asked.path}` })
    return s3.ask({ ...asked, subdomain: `${this.#bucket}.`, path: `/${asked.path}` })
  }
}

/** A key in a path: its slashes stay. */
function encoded(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
}
