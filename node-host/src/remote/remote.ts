// A Switchyard that runs somewhere else: a development server, or an environment on AWS. What the command line asks of either.

import { Complaint } from '../errors.ts'
import type { Answered } from '../event.ts'
import type { Failure } from '../server/functions.ts'
import type { RunLine, Snapshot } from '../server/interface.ts'
import { decode } from '../server/watch.ts'

/** A component's input, and `run` beside it where it is about a run that there is; or a whole envelope. See event.ts. */
export type Event = Record<string, unknown>

export type Listener = (topic: string, message: Uint8Array) => void

/** One environment of it. Methods throw RemoteError where it refuses, and any other Complaint where it cannot be reached. */
export interface Remote {
  /** For people: `the development server at http://127.0.0.1:4000`. */
  readonly where: string
  readonly env: string
  /** Calls a component and waits for it. */
  call(component: string, event: Event): Promise<Answered>
  /** Has a component called at least once, without waiting. On AWS the run is named after the request unless the event names it. */
  launch(component: string, event: Event): Promise<{ run: string; request_id: string }>
  /** How a run stands: `unknown` if the ledger does not know it. */
  look(run: string): Promise<Snapshot>
  /** The environment's runs, the newest first. */
  runs(): Promise<RunLine[]>
  /** Calls `listener` with what is announced, of this run or all if none is given, from when the promise settles until the
   * function it gives is called. What is announced while a connection is lost is missed. */
  subscribe(run: string | undefined, listener: Listener): Promise<() => void>
  read(key: string): Promise<Uint8Array | undefined>
  write(key: string, bytes: Uint8Array): Promise<void>
  list(prefix: string): Promise<string[]>
  close(): Promise<void>
}

/** A component failed, or the request was refused. */
export class RemoteError extends Complaint {
  override name = 'RemoteError'
  override readonly exitCode: number
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
    this.exitCode = OF_THE_CALLER.includes(failure.kind) ? 2 : 1
  }
}

/** The same of one run alone, if one is given. */
export function ofRun(run: string | undefined, listener: Listener): Listener {
  if (run === undefined) return listener
  return (topic, message) => decode(message)?.run === run && listener(topic, message)
}

/** The run and request that an event is about: its own names where it has them. */
export function namesOf({ schema, run, request_id }: Event, requestId: string): { run: string; request_id: string } {
  const request = schema === undefined ? requestId : String(request_id)
  return { run: run === undefined ? request : String(run), request_id: request }
}

export function unknownComponent(component: string, components: readonly string[], why = ''): RemoteError {
  const message = `no component is called \`${component}\`: there are ${components.join(', ')}${why}`
  return new RemoteError({ kind: 'unknown_component', message, retry: false })
}

/** Kinds of failure that another question would not have. */
const OF_THE_CALLER = ['input', 'message', 'request', 'unknown_component', 'no_run', 'too_large']
