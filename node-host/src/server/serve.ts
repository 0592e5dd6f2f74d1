// The development server, wired: the whole system in this process, behind both APIs on one port.

import { decode, topicsOf } from '../environment/environment.ts'
import type { Concurrency } from '../lambda/functions.ts'
import { environments } from '../lambda/names.ts'
import { LocalEnvironment } from '../local/environment.ts'
import { ServerLock } from '../local/lock.ts'
import { type Log, type OpenOptions, openSystem } from '../local/open.ts'
import type { System } from '../local/system.ts'
import { lambdaApi } from './lambda-api.ts'
import { listen } from './listen.ts'
import { takeOver } from './predecessor.ts'
import { rest } from './rest.ts'

export interface ServeOptions extends OpenOptions {
  port: number
}

export interface Served {
  url: string
  system: System
  close(): Promise<void>
}

/** Calls at once: what AWS gives an account, and a tenth of it for each environment. */
const CONCURRENCY: Concurrency = { perEnvironment: 100, total: 1000 }
/** The state of a watched run is asked for this often, besides what is announced. */
const POLL_MS = 1000

/** Starts the server. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { system, ...opened } = await openSystem({ concurrency: CONCURRENCY, ...options })
  const { names, capacity, deliveries, bus } = system
  const { exports } = system.parts.wasm
  const lock = ServerLock.take(options.data)
  if (!lock) options.log('WARN', sharedFolder(options.data), undefined)
  const close = async () => {
    await opened.close()
    lock?.release()
  }
  try {
    for (const env of environments(names)) {
      await bus.subscribe(topicsOf(env), (_, message) => tell(options.log, env, message))
      // What a user of Redis may not, is better told now than in every run: nobody takes this for an announcement.
      await bus.publish(topicsOf(env).replace('*', ''), new Uint8Array())
      await system.parts.ledger.step(JSON.stringify({ env, run: 'none', by: 'serve', act: { look: {} } }))
    }
    const client = { client: 'development server', poll_ms: POLL_MS }
    const served = environments(names).map((env) => new LocalEnvironment(system, env, client))
    const say = (env: string) => (run: string, what: string) => options.log('INFO', `run ${run} ${what}`, { env, requestId: run })
    if (lock && options.redis !== undefined) for (const at of served) await takeOver(at, system.parts.ledger, say(at.name))
    const api = rest({
      environments: served,
      components: system.components,
      newRunId: exports.newRunId,
      runKey: exports.runKey,
    })
    const server = await listen(options.port, lambdaApi({ names, functions: system, capacity, deliveries }), api)
    return { url: server.url, system, close: () => server.close().then(close) }
  } catch (error) {
    await close()
    throw error
  }
}

/** Several servers may share a folder, as they may a Redis; but then nobody knows whom a run in flight belongs to. */
function sharedFolder(data: string): string {
  const other = ServerLock.holder(data) ?? 'another'
  return `process ${other} serves \`${data}\` too: runs that an earlier server left in flight are not taken over`
}

/** What a person who looks at the log wants to know of a run: that it began, and how it ended. */
function tell(log: Log, env: string, message: Uint8Array): void {
  const announcement = decode(message)
  if (!announcement) return
  const { run, component, event, state, of } = announcement
  const say = (what: string) => log('INFO', `run ${run} ${what}`, { env, requestId: run })
  if (component === 'plan' && event === 'started') say('begins')
  if ((component === 'plan' || component === 'resume') && event === 'completed' && state === 'running') say(`has ${of} to do`)
  if (component === 'cancel' && event === 'cancelled') say('is cancelled')
  if (component === 'report' && state === 'completed') say('is completed')
  // Why, the component itself logs.
  if (event === 'failed' && state === 'failed') say('has failed')
}
