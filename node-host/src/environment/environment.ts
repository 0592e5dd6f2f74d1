// One environment of a Switchyard, wherever it runs: what commands, predictions, the prompt and the REST API ask of it. There are
// three: in this process (local/), behind a development server (server/client.ts), and on AWS (aws/).

import type { Announcement, Host, RunLine, RunState } from '../../../wasm/pkg/switchyard.js'
import { Refused } from '../errors.ts'

export type { Announcement, RunLine, RunState }

export type LogLevel = Parameters<Host['log']>[0]

/** Bytes by key. What is written appears whole or not at all. */
export interface Blobs {
  read(key: string): Promise<Uint8Array | undefined>
  write(key: string, bytes: Uint8Array): Promise<void>
  /** The keys that begin so. */
  list(prefix: string): Promise<string[]>
}

/** A component's input, and `run` beside it where it is about a run that there is; or a whole envelope. See lambda/event.ts. */
export type Event = Record<string, unknown>

/** What was launched: the run, and the request that its announcements are named after. */
export interface Named {
  run: string
  request_id: string
}

/** What a component answers. */
export interface Answered extends Named {
  env: string
  /** Where the run's announcements are. */
  topics: string
  /** The key of its report. */
  report: string
}

/** How a run stands, as the ledger tells it. */
export interface Snapshot {
  run: string
  state: RunState
  done: number
  of: number
  message: string
  /** The parts that are lost. */
  lost: readonly string[]
}

/** A run in a list: as the ledger knows it, and where what is stored is at hand, as that tells. */
export interface ListedRun extends Omit<RunLine, 'state'> {
  /** `interrupted`: the ledger does not know it, but it is stored and has no report. */
  state: RunState | 'interrupted'
  /** What it takes up, where that is known. */
  bytes?: number
}

export type Listener = (topic: string, message: Uint8Array) => void

/** Methods throw Refused where it refuses or a component fails, and any other Complaint where it cannot be reached. */
export interface Environment extends Blobs {
  /** `prod`: in keys, topics and messages. */
  readonly name: string
  /** Whose environment it is, for people: `the development server at http://127.0.0.1:4000`. */
  readonly where: string
  /** How often its ledger is asked, besides what is announced. */
  readonly poll_ms: number
  /** Calls a component and waits for it. `client` is who asks, where that is not this process. */
  call(component: string, event: Event, client?: string): Promise<Answered>
  /** Has a component called at least once, without waiting. The run is named after the request unless the event names it. */
  launch(component: string, event: Event, client?: string): Promise<Named>
  /** How a run stands: `unknown` if the ledger does not know it. */
  look(run: string): Promise<Snapshot>
  /** Its runs, the newest first. */
  runs(): Promise<ListedRun[]>
  /** Removes what is stored of a run that is over. */
  remove(run: string): Promise<void>
  /** Calls `listener` with what is announced, of this run or all if none is given, from when the promise settles until the
   * function it gives is called. What is announced while a connection is lost is missed. */
  subscribe(listener: Listener, run?: string): Promise<() => void>
  close(): Promise<void>
}

/** An announcement, if it is one: anybody may publish. */
export function decode(message: Uint8Array): Announcement | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(message)) as Announcement
  } catch {
    return undefined
  }
}

/** The same of one run alone, if one is given. */
export function ofRun(run: string | undefined, listener: Listener): Listener {
  if (run === undefined) return listener
  return (topic, message) => decode(message)?.run === run && listener(topic, message)
}

/** Whether a run may be called so: it becomes part of keys and topics. */
export function isRunName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w-]{1,64}$/.test(name)
}

/** Where an environment announces. */
export function topicsOf(env: string): string {
  return `switchyard:${env}:*`
}

/** The step of a ledger that tells how a run stands, and what it answers. */
export async function lookedUp(env: string, run: string, step: (step: string) => string | Promise<string>): Promise<Snapshot> {
  const answer = await step(JSON.stringify({ env, run, by: 'look', act: { look: {} } }))
  const { state, done, of, message, lost } = JSON.parse(answer) as Snapshot
  return { run, state, done, of, message, lost }
}

/** The run and request that an event is about: its own names where it has them. */
export function namesOf({ schema, run, request_id }: Event, requestId: string): Named {
  const request = schema === undefined ? requestId : String(request_id)
  return { run: run === undefined ? request : String(run), request_id: request }
}

export function unknownComponent(component: string, components: readonly string[], why = ''): Refused {
  const message = `no component is called \`${component}\`: there are ${components.join(', ')}${why}`
  return new Refused({ kind: 'unknown_component', message, retry: false })
}
