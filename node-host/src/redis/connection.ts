// A connection to Redis, one server or a cluster, that waits for a fail-over to pass, and says in words what it cannot get.
//
// A cluster is not configured: whichever node is named says MOVED where the keys are elsewhere, and from then on they are asked
// for there. An environment's keys are all on one node, so there is nothing else to know. The client's own code for clusters would
// have to be told that there is one, and asks how the slots lie before the first command.

import { setTimeout as sleep } from 'node:timers/promises'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Redis as Client } from 'ioredis'
import { HostFailure } from '../errors.ts'
import { ANSWER_MS, CLIENT_OPTIONS, loadClient, Node, type Place, reconnectMs, Unanswered } from './node.ts'
import { refusal } from './refusal.ts'

export type Log = (level: 'INFO' | 'WARN', message: string) => void

/** How long what passes is waited for: a fail-over, a server that reads its data, slots that move. */
const PASSING_MS = 20_000
const PASSING = /^(READONLY|LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|ASK|MOVED) /
const WAIT_MS_MAX = 250

export class Connection {
  /** Host and port, for people. */
  readonly address: string
  readonly #named: Place
  /** The nodes of the cluster, as far as they are known; the one that was named is the first. */
  readonly #places: Place[]
  /** Whoever is asked first: what was named, or while that is out of reach another node. */
  readonly #entry: Node
  /** The nodes that others named, by host and port. */
  readonly #nodes = new Map<string, Node>()
  /** Which of them has the keys, by what is between braces in these. */
  readonly #homes = new Map<string, string>()

  private constructor(entry: Node, named: Place, places: Place[]) {
    this.#entry = entry
    this.#named = named
    this.#places = places
    this.address = `${named.host}:${named.port}`
    entry.client.options.retryStrategy = (times) => {
      Object.assign(entry.client.options, places[(times - 1) % places.length])
      return reconnectMs(times)
    }
  }

  /**
   * Begins to connect; whether that succeeds shows at the first command. `ca` is the certificate in PEM of whoever signed the
   * server's own, where that is nobody whom Node knows.
   */
  static async to(url: string, log: Log, ca?: string): Promise<Connection> {
    const named = placeOf(url)
    // CommonJS: its names are on its default, bundled or not.
    const { Redis } = (await loadClient()).default
    const places = [named]
    const tls = url.startsWith('rediss:') ? { tls: { ...(ca ? { ca } : {}), checkServerIdentity: ofAny(places) } } : {}
    const client = new Redis(url, { ...CLIENT_OPTIONS, ...tls })
    const connection = new Connection(new Node(client), named, places)
    tell(client, connection.address, log)
    return connection
  }

  /** A second connection to the same server or cluster, which says nothing of its own. */
  second(): Connection {
    const client = this.#entry.client.duplicate({ enableAutoPipelining: false })
    return new Connection(new Node(client), this.#named, this.#places)
  }

  /**
   * What a command gives, of whoever has the key where one is named: within ANSWER_MS, or as long as what passes takes. `script`
   * is the text of one that it runs.
   */
  async ask<T>(command: (client: Client) => Promise<T>, key = '', script = ''): Promise<T> {
    const tag = key.replace(/^.*?\{(.+?)\}.*$/, '$1')
    const end_ms = Date.now() + PASSING_MS
    let asking: Node | undefined
    for (let tries = 0; ; tries += 1) {
      const node = asking ?? this.#nodes.get(this.#homes.get(tag) ?? '') ?? this.#entry
      try {
        return await node.ask(asking ? (client) => client.asking().then(() => command(client)) : command)
      } catch (caught) {
        const error = caught as Error
        const lost = node !== this.#entry && isLost(error)
        if (lost) this.#forget(node)
        const passes = (lost || PASSING.test(error.message)) && Date.now() < end_ms && !(error instanceof Unanswered)
        if (!passes) throw this.#failure(error, script)
        const [, word, address = ''] = /^(MOVED|ASK) \d+ (\S+)/.exec(error.message) ?? []
        if (word === 'MOVED') this.#homes.set(tag, this.#node(address, node))
        asking = word === 'ASK' ? this.#nodes.get(this.#node(address, node)) : undefined
      }
      if (tries > 0) await sleep(Math.min(10 * 2 ** tries, WAIT_MS_MAX))
    }
  }

  close(): void {
    for (const node of [this.#entry, ...this.#nodes.values()]) node.client.disconnect()
  }

  /** Makes the node known that another one named, as `HOST:PORT`, where no host is the same one. Gives its name. */
  #node(address: string, by: Node): string {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
    const place = { host: /^\??$/.test(host) ? (by.client.options.host ?? '') : host, port: Number(port) }
    const name = `${place.host}:${place.port}`
    if (this.#nodes.has(name)) return name
    if (this.#nodes.size === 0) void this.#discover()
    this.#learn(place)
    // One that is lost may not come back: whoever has its keys then, the others say.
    this.#nodes.set(name, new Node(this.#entry.client.duplicate({ ...place, retryStrategy: () => null })))
    return name
  }

  #learn(place: Place): void {
    if (!this.#places.some(({ host, port }) => host === place.host && port === place.port)) this.#places.push(place)
  }

  #forget(node: Node): void {
    for (const [name, known] of this.#nodes) if (known === node) this.#nodes.delete(name)
    node.client.disconnect()
  }

  /** Whom else to ask where the node is gone that was named. A user who may not know that asks those who had its keys. */
  async #discover(): Promise<void> {
    const slots = await this.#entry.client.cluster('SLOTS').catch(() => [])
    for (const [, , ...nodes] of slots) {
      for (const [host, port] of nodes) this.#learn({ host: host || this.#named.host, port })
    }
  }

  #failure(error: Error, script: string): HostFailure {
    if (!(error instanceof Unanswered)) return refusal(this.address, error, script)
    const { message } = error
    const advice = this.#entry.client.options.tls ? tlsAdvice(message) : ''
    const problem = message === '' ? '' : `: ${message}`
    return new HostFailure(`Redis at ${this.address} gave no answer within ${ANSWER_MS / 1000} s${problem}${advice}`, true)
  }
}

/** Whether a node of a cluster is gone, as far as its client can tell. */
function isLost(error: Error): boolean {
  return error instanceof Unanswered || error.message === 'Connection is closed.' || error.message.startsWith('READONLY ')
}

/** A certificate may be that of any node: what they are called among themselves is often not what was named, or a mere address. */
function ofAny(places: Place[]) {
  return (name: string, cert: PeerCertificate) => {
    const wrong = checkServerIdentity(name, cert)
    return places.some(({ host }) => checkServerIdentity(host, cert) === undefined) ? undefined : wrong
  }
}

/** Says when it is out of reach, when it is back, and that what it keeps may be thrown away. */
function tell(client: Client, address: string, log: Log): void {
  let problem = ''
  client.on('error', (error: Error & { command?: { name: string } }) => {
    // Whoever asks for something is told of a database that it may not have.
    if (error.command?.name === 'select') return
    if (problem === '') log('WARN', `Redis at ${address} is out of reach: ${error.message}`)
    problem = error.message
  })
  client.on('ready', () => {
    if (problem !== '') log('INFO', `Redis at ${address} is back`)
    problem = ''
  })
  client.once('ready', async () => {
    // Who may not know that is not told.
    const memory = await client.info('memory').catch(() => '')
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction'
    if (policy === 'noeviction' || /^maxmemory:0\b/m.test(memory)) return
    const means = 'what it evicts of a run has to be made again'
    log('WARN', `Redis at ${address} has maxmemory-policy ${policy}: when it is full, ${means}. Set it to noeviction`)
  })
}

function tlsAdvice(problem: string): string {
  if (/certificate|self.signed/i.test(problem)) return '; expected the certificate of who signed it as --redis-ca or redis_ca'
  return '; rediss:// expects a server that speaks TLS on this port'
}

function placeOf(url: string): Place {
  const parsed = URL.parse(url)
  if (!parsed || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '' || /%(?![\da-f]{2})/i.test(url)) {
    throw new HostFailure('redis_url: expected redis://[user:password@]host[:port] or rediss://…; what it is stays secret', false)
  }
  if (!/^\/?\d*$/.test(parsed.pathname)) throw new HostFailure('redis_url: expected a number after the /: which database', false)
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port || 6379) }
}
