// Functions that are the bundle in processes of its own, one call at a time in each, as on Lambda.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Functions, Invocation, Invoked } from '../node-host/src/lambda/functions.ts'
import type { Tells, Told } from './lambda-process.ts'

const PROGRAM = fileURLToPath(new URL('lambda-process.ts', import.meta.url))

export interface ProcessesOptions {
  /** The unzipped bundle. */
  folder: string
  components: string[]
  env: Record<string, string>
  execArgv?: string[]
}

export class LambdaProcesses implements Functions {
  /** All that they logged, a line each. */
  readonly logged: string[] = []
  /** How many of them were killed. */
  killed = 0
  /** Called before each call, with the process that is about to get it. */
  onCall: (call: Invocation, process: ChildProcess) => void = () => {}
  readonly #options: ProcessesOptions
  readonly #idle: ChildProcess[] = []
  /** What to do with the answer of each process that is alive; nothing while it is idle. */
  readonly #waiting = new Map<ChildProcess, ((tells: Tells) => void) | undefined>()

  constructor(options: ProcessesOptions) {
    this.#options = options
  }

  exists(component: string): boolean {
    return this.#options.components.includes(component)
  }

  async invoke(call: Invocation): Promise<Invoked> {
    const child = this.#idle.pop() ?? this.#start()
    const { promise, resolve } = Promise.withResolvers<Tells>()
    this.#waiting.set(child, resolve)
    this.onCall(call, child)
    child.send(toldOf(call), () => {})
    const tells = await promise
    if (this.#waiting.has(child)) this.#idle.push(child)
    if ('error' in tells) return { error: tells.error, log: '' }
    return { payload: new TextEncoder().encode(JSON.stringify(tells.answer)), log: '' }
  }

  /** Ends all of them, whatever they do. */
  async close(): Promise<void> {
    await Promise.all([...this.#waiting.keys()].map((child) => child.kill('SIGKILL') && once(child, 'exit')))
  }

  #start(): ChildProcess {
    const { folder, env, execArgv = [] } = this.#options
    const child = fork(PROGRAM, [folder], { env, execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.logged.push(...text.trimEnd().split('\n')))
    }
    child.on('message', (tells) => this.#waiting.get(child)?.(tells as Tells))
    child.on('exit', (code, signal) => {
      this.killed += signal === null ? 0 : 1
      this.#waiting.get(child)?.(exitError(code ?? signal))
      this.#waiting.delete(child)
      const idle = this.#idle.indexOf(child)
      if (idle >= 0) this.#idle.splice(idle, 1)
    })
    return child
  }
}

function toldOf(call: Invocation): Told {
  const context = {
    invokedFunctionArn: call.arn,
    awsRequestId: call.requestId,
    functionName: call.functionName,
    functionVersion: '$LATEST',
    memoryLimitInMB: '1024',
    ...(call.clientContext === undefined ? {} : { clientContext: JSON.parse(call.clientContext) }),
  }
  return { component: call.component, event: JSON.parse(new TextDecoder().decode(call.payload)), context, trace: call.trace }
}

/** What Lambda answers of a process that ended. */
function exitError(how: number | string | null): Tells {
  return { error: { errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: exit status ${how}`, trace: [] } }
}
