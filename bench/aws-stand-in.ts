// As much of S3, SSM and Lambda as a part of a run asks for, answered at once from memory, so that what is measured is ours.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A message to a component. */
export interface Launched {
  component: string
  message: Uint8Array
}

export class AwsStandIn {
  /** The blobs of all buckets, by key. */
  readonly blobs = new Map<string, Uint8Array>()
  /** What functions were launched with, in its order. */
  readonly launched: Launched[] = []
  readonly #secret: string
  readonly #server = createServer(async (request, response) => this.#answer(request, await buffer(request), response))

  /** `secret` is the value of whatever parameter SSM is asked for. */
  constructor(secret: string) {
    this.#secret = secret
  }

  /** Gives the environment that makes AWS's clients talk to it. */
  async listen(): Promise<Record<string, string>> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return { AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #answer({ method, url = '', headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { pathname } = new URL(url, 'http://localhost')
    const [, component] = /^\/2015-03-31\/functions\/switchyard-(\w+)\/invocations$/.exec(pathname) ?? []
    if (headers['x-amz-target'] === 'AmazonSSM.GetParameter') {
      const answer = { Parameter: { Name: 'redis_url', Type: 'SecureString', Value: this.#secret } }
      response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
    } else if (component) {
      this.launched.push({ component, message: body })
      response.writeHead(202).end()
    } else {
      this.#blob(method, decodeURIComponent(pathname.split('/').slice(2).join('/')), body, response)
    }
  }

  #blob(method: string | undefined, key: string, body: Buffer, response: ServerResponse): void {
    const blob = this.blobs.get(key)
    if (method === 'PUT') this.blobs.set(key, body)
    if (method === 'PUT') response.writeHead(200).end()
    else if (blob) response.writeHead(200, { 'Content-Length': blob.length }).end(blob)
    else response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
  }
}
