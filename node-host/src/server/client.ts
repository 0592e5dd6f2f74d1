// An environment behind a development server, over HTTP: nothing but fetch and server-sent events.

import type { Answered, Environment, Event, ListedRun, Listener, Named, Snapshot } from '../environment/environment.ts'
import { commandLine } from '../environment/person.ts'
import { Complaint, Refused, UsageError } from '../errors.ts'
import { sseMessages } from './sse.ts'

/** Who asks, where requests say so. */
export const CLIENT_HEADER = 'x-switchyard-client'
/** The ledger is asked this often. */
const POLL_MS = 750

export class ServerEnvironment implements Environment {
  readonly where: string
  readonly name: string
  readonly poll_ms = POLL_MS
  readonly #url: string
  readonly #leaving = new AbortController()

  /** `named` is what names the URL. */
  constructor(url: string, name: string, named = '--server') {
    this.#url = url.replace(/\/+$/, '')
    if (!/^https?:$/.test(URL.parse(this.#url)?.protocol ?? '')) {
      throw new UsageError(`${named}: got \`${url}\`, expected a URL such as http://127.0.0.1:4000`)
    }
    this.name = name
    this.where = `the development server at ${this.#url}`
  }

  async call(component: string, event: Event): Promise<Answered> {
    return (await this.#component(component, event, {})) as Answered
  }

  async launch(component: string, event: Event): Promise<Named> {
    return (await this.#component(component, event, { async: '' })) as Named
  }

  async look(run: string): Promise<Snapshot> {
    try {
      return (await (await this.#ask(`/runs/${encodeURIComponent(run)}`)).json()) as Snapshot
    } catch (error) {
      if (!(error instanceof Refused) || error.failure.kind !== 'no_run') throw error
      return { run, state: 'unknown', done: 0, of: 0, message: '', lost: [] }
    }
  }

  async runs(): Promise<ListedRun[]> {
    return ((await (await this.#ask('/runs')).json()) as { runs: ListedRun[] }).runs
  }

  async remove(run: string): Promise<void> {
    await this.#ask(`/runs/${encodeURIComponent(run)}`, { method: 'DELETE' })
  }

  async subscribe(listener: Listener, run?: string): Promise<() => void> {
    const leaving = new AbortController()
    const signal = AbortSignal.any([leaving.signal, this.#leaving.signal])
    const response = await this.#ask('/events', { signal }, run === undefined ? {} : { run })
    const subscribed = Promise.withResolvers<void>()
    const listen = async () => {
      for await (const { event, data } of sseMessages(response)) {
        if (event === 'subscribed') subscribed.resolve()
        else if (event !== 'error') listener(event, new TextEncoder().encode(data))
      }
    }
    // A feed that breaks off is like one in which nothing is said: whoever must know asks the ledger too.
    void listen()
      .catch(() => {})
      .finally(() => subscribed.resolve())
    await subscribed.promise
    return () => leaving.abort()
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await (await this.#ask('/blobs', {}, { key })).arrayBuffer())
    } catch (error) {
      if (error instanceof Refused && error.failure.kind === 'no_blob') return undefined
      throw error
    }
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask('/blobs', { method: 'PUT', body: new Uint8Array(bytes) }, { key })
  }

  async list(prefix: string): Promise<string[]> {
    return ((await (await this.#ask('/blobs', {}, { prefix })).json()) as { keys: string[] }).keys
  }

  async close(): Promise<void> {
    this.#leaving.abort()
  }

  async #component(component: string, event: Event, query: Record<string, string>): Promise<unknown> {
    const { run, ...input } = event
    const named = 'schema' in event || typeof run !== 'string'
    const body = JSON.stringify(named ? event : input)
    const about = named ? query : { ...query, run }
    return (await this.#ask(`/components/${encodeURIComponent(component)}`, { method: 'POST', body }, about)).json()
  }

  async #ask(path: string, init: RequestInit = {}, query: Record<string, string> = {}): Promise<Response> {
    const url = `${this.#url}${path}?${new URLSearchParams({ env: this.name, ...query })}`
    // Headers are ASCII.
    const headers = { [CLIENT_HEADER]: commandLine().replace(/[^ -~]/g, '?') }
    const response = await fetch(url, { ...init, headers }).catch((error: Error) => {
      const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
      if (error.name === 'AbortError') throw error
      const why = `no development server answers at ${this.#url} (${code ?? error.message}): start one with switchyard serve`
      // It may be restarting.
      throw new Refused({ kind: 'host', message: why, retry: true })
    })
    if (response.ok) return response
    const text = await response.text()
    const { error } = (parsed(text) ?? {}) as { error?: { kind: string; message: string; retry?: boolean; input?: unknown } }
    if (!error) throw new Complaint(`${this.where} answered ${response.status} to ${path}: ${text.slice(0, 200)}`)
    throw new Refused({ ...error, retry: error.retry ?? false })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
