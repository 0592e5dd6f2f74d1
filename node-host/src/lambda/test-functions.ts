// Functions for tests: what they are called with, and what they answer.

import { type Functions, type Invocation, type Invoked, Throttled } from './functions.ts'
import { defaultNames, target } from './names.ts'

export const NAMES = { ...defaultNames(), region: 'eu-west-2' }

/** Answers by the payload's `do`: echo (the default), fail, refuse (for good), throttle, break, hang (until released), big (of so many bytes). */
export class FakeFunctions implements Functions {
  readonly calls: { component: string; input: unknown; call: Invocation; at_ms: number }[] = []
  readonly #components = ['echo', 'other', 'failed']
  #hanging: (() => void)[] = []

  exists(component: string): boolean {
    return this.#components.includes(component)
  }

  async invoke(call: Invocation): Promise<Invoked> {
    const input = JSON.parse(new TextDecoder().decode(call.payload)) as { do?: string; times?: number; bytes?: number }
    this.calls.push({ component: call.component, input, call, at_ms: Date.now() })
    const log = `about ${call.component}\n`
    const before = this.calls.filter(({ call: { requestId } }) => requestId === call.requestId).length
    const act = before > (input?.times ?? Number.POSITIVE_INFINITY) ? 'echo' : input?.do
    const error = { errorType: 'Error', errorMessage: 'it failed', trace: ['Error: it failed'] }
    if (act === 'fail') return { error, log }
    if (act === 'refuse') return { error, failure: { kind: 'host', message: 'it failed', retry: false }, log }
    if (act === 'throttle') throw new Throttled('ConcurrentInvocationLimitExceeded')
    if (act === 'break') throw new Error('it broke')
    if (act === 'big') return { payload: bytes(JSON.stringify('a'.repeat((input.bytes ?? 2) - 2))), log }
    if (act === 'log') return { payload: bytes('1'), log: 'é'.repeat(input.bytes ?? 0) }
    if (act === 'hang') await new Promise<void>((resolve) => this.#hanging.push(resolve))
    const { qualifier, env, trace, clientContext, arn } = call
    return { payload: bytes(JSON.stringify({ input, qualifier, env, trace, clientContext, arn })), log }
  }

  /** Lets what hangs go on. */
  release(): void {
    for (const resolve of this.#hanging.splice(0)) resolve()
  }
}

/** A call of a function. */
export function callOf(component: string, input: unknown, alias?: string): Invocation {
  const payload = bytes(JSON.stringify(input))
  return { ...target(NAMES, component, alias), payload, trace: 'Root=1-2-3', requestId: crypto.randomUUID() }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
