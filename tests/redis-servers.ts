// Servers of Redis for tests, as it is sold: with options, as a cluster, with certificates of a private authority, behind an address
// that leads to another. Each is on a port of its own and ends with the test.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Lasting } from './real-parts.ts'

export interface Server {
  port: number
  url: string
  /** What `redis-cli` answers. */
  cli: (...args: string[]) => string
  /** Kills it: no goodbye. */
  kill: () => Promise<void>
}

/** A server with more options than a port, each a word of the command line. */
export async function startServer(test: Lasting, options: string[] = []): Promise<Server> {
  const port = await freePort()
  const dir = scratch(test)
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', [...base, ...options], { stdio: 'ignore' })
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  test.after(kill)
  const cli = (...args: string[]) => execFileSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' }).trim()
  await until(() => cli('PING').includes('PONG'))
  return { port, url: `redis://127.0.0.1:${port}`, cli, kill }
}

/** A cluster of three primaries, and one replica of the one that has the keys of an environment: that is the first. */
export async function startCluster(test: Lasting, env = 'dev'): Promise<Server[]> {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no']
  const servers = await Promise.all([0, 1, 2, 3].map(() => startServer(test, options)))
  const [first, second, third, replica] = servers as [Server, Server, Server, Server]
  const slot = Number(first.cli('CLUSTER', 'KEYSLOT', `{${env}}`))
  first.cli('CLUSTER', 'ADDSLOTSRANGE', String(slot), String(slot))
  if (slot > 0) second.cli('CLUSTER', 'ADDSLOTSRANGE', '0', String(slot - 1))
  if (slot < 16383) third.cli('CLUSTER', 'ADDSLOTSRANGE', String(slot + 1), '16383')
  for (const [at, { cli }] of servers.entries()) cli('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
  for (const { port } of servers) first.cli('CLUSTER', 'MEET', '127.0.0.1', String(port))
  await until(() => servers.every(({ cli }) => /cluster_known_nodes:4/.test(cli('CLUSTER', 'INFO'))))
  replica.cli('CLUSTER', 'REPLICATE', first.cli('CLUSTER', 'MYID'))
  await until(() => /master_link_status:up/.test(replica.cli('INFO', 'replication')))
  await until(() => servers.every(({ cli }) => /cluster_state:ok/.test(cli('CLUSTER', 'INFO'))))
  return servers
}

/** The options of a server that speaks TLS on another port, the certificate of who signed its own, and a `rediss:` URL of it. */
export async function startWithTls(test: Lasting) {
  const dir = scratch(test)
  const file = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority', '-days', '2')
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2']
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...signed)
  const port = await freePort()
  const files = [
    '--tls-cert-file',
    file('server.pem'),
    '--tls-key-file',
    file('server.key'),
    '--tls-ca-cert-file',
    file('ca.pem'),
  ]
  const server = await startServer(test, ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files])
  return { server, url: `rediss://localhost:${port}`, ca: readFileSync(file('ca.pem'), 'utf8'), caFile: file('ca.pem') }
}

/** An address that leads to one server, and for new connections to another once it is told so: the others stay open. */
export async function startAddress(test: Lasting, first: Server) {
  let target = first
  const sockets = new Set<Socket>()
  const proxy = createServer((socket) => {
    const server = connect(target.port, '127.0.0.1')
    for (const [from, to] of [
      [socket, server],
      [server, socket],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => {})
      from.on('close', () => to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  test.after(async () => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const address = proxy.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const lead = (to: Server) => {
    target = to
  }
  return { url: `redis://127.0.0.1:${port}`, lead }
}

/** The rights that docs/redis.md says a user needs, each a word of Redis's, for these environments instead of `prod`. */
export function documentedRights(...envs: string[]): string[] {
  const document = readFileSync(new URL('../docs/redis.md', import.meta.url), 'utf8')
  const [, rights = ''] = /user switchyard-prod on >PASSWORD (.*)/.exec(document) ?? []
  const forEach = (right: string) => (/prod/.test(right) ? envs.map((env) => right.replace('prod', env)) : [right])
  return rights.split(' ').flatMap(forEach)
}

/** Waits until something holds; half a minute at most. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(25)) {
    try {
      if (await holds()) return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    if (Date.now() > end) throw new Error(`it does not come to hold: ${holds}`)
  }
}

function scratch(test: Lasting): string {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-redis-'))
  test.after(async () => rmSync(dir, { recursive: true, force: true }))
  return dir
}
