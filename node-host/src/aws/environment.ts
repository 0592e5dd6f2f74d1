// An environment on AWS: Lambda, S3 and Redis, as node-host/config.json and SSM say.
//
// It is an alias of every function, as deployments make them: `--env prod` is PROD, `--env dev` is DEV. What is not published under
// an alias, which for components is dev too, is not reached from here.

import {
  type Answered,
  type Environment,
  type Event,
  type ListedRun,
  type Listener,
  lookedUp,
  type Named,
  namesOf,
  ofRun,
  type Snapshot,
  topicsOf,
  unknownComponent,
} from '../environment/environment.ts'
import { commandLine } from '../environment/person.ts'
import { HostFailure, Refused, UsageError } from '../errors.ts'
import { kindOf } from '../lambda/event.ts'
import { loadPackage } from '../wasm.ts'
import { ConfigFile, ssmSecrets } from './config.ts'
import { readConfig } from './files.ts'
import { type Answer, call, invoke } from './lambda.ts'
import { Connections, type Resources } from './resources.ts'

/** The ledger is asked this often. */
const POLL_MS = 750

export class AwsEnvironment implements Environment {
  readonly where = 'AWS'
  readonly name: string
  readonly poll_ms = POLL_MS
  readonly #connections: Connections
  readonly #at: Resources

  /** Reads the configuration; nobody is asked yet. */
  static async open(name: string, say: (message: string) => void): Promise<AwsEnvironment> {
    const file = readConfig().then((text) => new ConfigFile('node-host/config.json', text))
    const connections = new Connections(file, ssmSecrets(), (_, message) => say(message))
    try {
      return new AwsEnvironment(name, connections, await connections.at(name, name.toUpperCase()))
    } catch (error) {
      throw error instanceof HostFailure ? new UsageError(error.message) : error
    }
  }

  private constructor(name: string, connections: Connections, at: Resources) {
    this.name = name
    this.#connections = connections
    this.#at = at
  }

  async call(component: string, event: Event): Promise<Answered> {
    const { payload, error, log } = await this.#invoked(component, () =>
      call(this.#at.functions, component, json(event), commandLine()),
    )
    if (error) throw functionError(component, error, log)
    return JSON.parse(new TextDecoder().decode(payload)) as Answered
  }

  async launch(component: string, event: Event): Promise<Named> {
    const message = await this.#message(event)
    return namesOf(event, await this.#invoked(component, () => invoke(this.#at.functions, component, message)))
  }

  look(run: string): Promise<Snapshot> {
    return asked(() => lookedUp(this.name, run, (step) => this.#at.host.step(step)))
  }

  runs(): Promise<ListedRun[]> {
    return asked(async () => (await this.#at.redis()).ledger.runs(this.name))
  }

  async remove(): Promise<void> {
    throw new UsageError(`runs are not removed on AWS from here: expected a lifecycle rule of the bucket, for ${this.name}/runs/`)
  }

  async subscribe(listener: Listener, run?: string): Promise<() => void> {
    const heard = ofRun(run, listener)
    const unsubscribe = await asked(async () => (await this.#at.redis()).bus.subscribe(topicsOf(this.name), heard))
    return () => void unsubscribe().catch(() => {})
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return asked(() => this.#at.host.read(key))
  }

  write(key: string, bytes: Uint8Array): Promise<void> {
    return asked(() => this.#at.host.write(key, bytes))
  }

  list(prefix: string): Promise<string[]> {
    return asked(() => this.#at.host.list(prefix))
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  /** Lambda hands on who asks only where the answer is waited for: else it is in the envelope. */
  async #message(event: Event): Promise<Uint8Array> {
    const { run, ...input } = event
    if ('schema' in event || typeof run !== 'string') return json(event)
    return (await loadPackage()).exports.firstMessage(run, run, commandLine(), this.name, undefined, input)
  }

  /** What the function is deployed as is for Lambda to say; what it could have been, for this version. */
  async #invoked<T>(component: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await asked(ask)
    } catch (error) {
      if (!(error instanceof Refused) || !error.message.includes('ResourceNotFoundException')) throw error
      const components = (await loadPackage()).exports.components()
      if (!components.includes(component)) throw unknownComponent(component, components, ` (${error.message})`)
      throw error
    }
  }
}

/** Asks AWS or Redis; what they refuse is told in words, and whether asking again may help. */
async function asked<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof HostFailure)) throw error
    const { message, retry } = error
    const [, advice = ''] = ADVICE.find(([what]) => what.test(message)) ?? []
    throw new Refused({ kind: 'host', message: `${message}${advice}`, retry })
  }
}

/** What helps against what is missing here. */
const ADVICE: [RegExp, string][] = [
  [
    /CredentialsProviderError/,
    ': expected AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what `aws configure` writes',
  ],
  [/uv_os_homedir/, ': expected HOME to be set, or a user whom the system knows'],
  [/Region is missing/, ': expected AWS_REGION, or a region in the profile'],
]

/** What a component says went wrong; or what became of it, with the end of its log. */
function functionError(component: string, { errorType = '', errorMessage = '' }: NonNullable<Answer['error']>, log?: string) {
  const kind = kindOf(errorType)
  // Of the host alone it is not known; nothing else may pass.
  if (kind !== undefined) return new Refused({ kind, message: errorMessage, retry: kind === 'host' || kind === 'stored' })
  const end = log ? `. Its log ends so:\n${log.trimEnd()}` : ''
  return new Refused({ kind: errorType, message: `${component}: ${errorType}: ${errorMessage}${end}`, retry: true })
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
