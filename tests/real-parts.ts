// The real parts that tests start for themselves: Redis, and a server that answers as S3 and SSM do. Each is on a port of its own
// and ends with the test.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A test, or `{ after }` of node:test for a whole file. */
export interface Lasting {
  after: (end: () => Promise<void>) => void
}

export interface RealRedis {
  url: string
  port: number
  /** Kills it: no goodbye, nothing saved. */
  stop: () => Promise<void>
  /** Starts it again at the same place, empty. */
  start: () => Promise<void>
  /** Stops it from answering, connections and all, and lets it go on. */
  signal: (signal: 'SIGSTOP' | 'SIGCONT') => void
}

/** Redis, from Debian, with nothing in it; with `password`, it asks for that. */
export async function startRedis(test: Lasting, { password = '' } = {}): Promise<RealRedis> {
  const port = await freePort()
  let server: ChildProcess | undefined
  const start = async () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', tmpdir(), '--save', '', '--appendonly', 'no']
    server = spawn('redis-server', password === '' ? args : [...args, '--requirepass', password], { stdio: 'ignore' })
    await answering(port)
  }
  const stop = () => kill(server)
  test.after(stop)
  await start()
  const url = password === '' ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`
  return { url, port, start, stop, signal: (signal) => server?.kill(signal) }
}

/** moto: S3 and SSM with nothing in them. Gives the environment that makes AWS's clients talk to it. */
export async function startAws(test: Lasting): Promise<Record<string, string>> {
  const port = await freePort()
  const server = spawn(pythonProgram('python'), ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  test.after(() => kill(server))
  await answering(port)
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
}

/** A program of the virtual environment that setup/python.mjs makes. */
export function pythonProgram(name: string): string {
  const bin = process.env.PYTHON_BIN
  if (!bin) throw new Error('PYTHON_BIN is not set: `npm test -- node` sets it; by hand it is ~/.cache/switchyard/python-…/bin')
  return join(bin, name)
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answering(port: number): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(25)) {
    const socket = connect(port, '127.0.0.1')
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (connected) return
  }
  throw new Error(`nothing answers on port ${port}`)
}

async function kill(process: ChildProcess | undefined): Promise<void> {
  if (!process || process.exitCode !== null || process.signalCode !== null) return
  process.kill('SIGKILL')
  await once(process, 'exit')
}
