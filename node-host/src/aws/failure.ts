// What AWS refused, as components are told: in words, and whether trying again may help.

import { HostFailure } from '../errors.ts'
import type { Received } from './send.ts'

/** A service's refusal. Its name is AWS's code for it. */
export class AwsError extends Error {
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.name = code
    this.status = status
  }

  /** The refusal that an answer tells: of S3 in XML, of the others in JSON, with the code perhaps in a header. */
  static of({ status, headers, body }: Received): AwsError {
    const text = new TextDecoder().decode(body)
    const { Code, Message } = text.startsWith('<') ? elements(text) : members(text)
    const code = headers['x-amzn-errortype'] ?? Code ?? 'UnknownError'
    return new AwsError(code.replace(/^.*#|:.*$/g, ''), Message ?? text.slice(0, 200), status)
  }

  /** Whether it is asked too much, or too slowly. */
  get throttled(): boolean {
    return this.status === 429 || THROTTLED.test(this.name)
  }
}

/** The failure that an error of asking AWS is, after all attempts. */
export function awsFailure(service: string, error: unknown): HostFailure {
  if (error instanceof HostFailure) return error
  if (!(error instanceof Error)) return new HostFailure(`${service}: ${String(error)}`, true)
  if (!(error instanceof AwsError)) return new HostFailure(`${service}: ${unanswered(error)}`, true)
  const { name, message, status, throttled } = error
  const retry = throttled || status < 400 || status >= 500 || status === 408 || PASSING.test(name)
  return new HostFailure(`${service}: ${name}: ${message} (HTTP ${status})`, retry)
}

// What AWS answers with a 400 or 403 although waiting, or new credentials, may help.
const THROTTLED = /throttl|slowdown|toomanyrequests|limitexceeded|requesttimeout/i
const PASSING = /requestexpired|expiredtoken|timetooskewed/i

/** The text of an XML document's elements, by name; of several, the last one's. */
function elements(xml: string): Record<string, string> {
  return Object.fromEntries([...xml.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = '', text = '']) => [name, unescaped(text)]))
}

/** Text in XML as it was before. */
export function unescaped(text: string): string {
  const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(\w+);|&#(?:x([\da-f]+)|(\d+));/gi, (whole, name, hex, decimal) => {
    if (name) return ENTITIES[name] ?? whole
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal))
  })
}

function members(json: string): { Code?: string | undefined; Message?: string | undefined } {
  try {
    const { __type, message, Message } = JSON.parse(json) as Record<string, string>
    return { Code: __type, Message: message ?? Message }
  } catch {
    return {}
  }
}

// Of a connection that failed in several ways (one for each address of a name) the message is empty.
function unanswered(error: Error): string {
  const tried = error instanceof AggregateError ? error.errors.map((one: Error) => one.message).join('; ') : ''
  return `${error.name}: ${error.message || tried || 'no answer'}`
}
