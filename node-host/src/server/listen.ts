// The development server's HTTP side: both APIs on one port of this machine.

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { UsageError } from '../errors.ts'
import { loopbackOnly } from './loopback.ts'
import { errorResponse, RestError } from './rest-error.ts'

export interface Listening {
  port: number
  url: string
  /** Stops at once: whoever still waits for an answer gets none. */
  close(): Promise<void>
}

/** Serves on loopback; port 0 is any that is free. */
export async function listen(port: number, ...apis: Hono[]): Promise<Listening> {
  const app = new Hono()
  app.use(loopbackOnly)
  for (const api of apis) app.route('/', api)
  app.notFound((c) => errorResponse(new RestError(404, 'not_found', `${c.req.method} ${c.req.path}: no such route, see GET /`)))
  const options = { keepAliveTimeout: KEEP_ALIVE_MS }
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false, serverOptions: options }) as Server
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, '127.0.0.1', resolve)
  await promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
    const why = error.code === 'EACCES' ? 'permission denied' : 'another program listens there'
    throw new UsageError(`--port: got \`${port}\`, expected a free port (${why})`, { cause: error })
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return { port: bound, url: `http://127.0.0.1:${bound}`, close: () => close(server) }
}

// Longer than clients keep theirs, so that none sends on a connection that is just being closed.
const KEEP_ALIVE_MS = 65_000

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}
