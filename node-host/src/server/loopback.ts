// Refuses what does not come from this machine's own programs. The server listens on loopback only, but a web page may still
// reach it through the browser: by a name of its own that it points here (DNS rebinding), or by simply sending a form.

import type { MiddlewareHandler } from 'hono'

export const loopbackOnly: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? ''
  if (!isLoopback(host)) return refuse('Host', host, 'localhost, 127.0.0.1 or [::1]')
  const origin = c.req.header('origin')
  const from = origin === undefined ? undefined : URL.parse(origin)?.host
  if (origin !== undefined && !isLoopback(from ?? '')) return refuse('Origin', origin, 'a page of this machine, or none')
  await next()
}

/** Whether a host, with or without a port, is this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
}

function refuse(header: string, value: string, expected: string): Response {
  const message = `${header}: got \`${value}\`, expected ${expected}: this server is for this machine only`
  // In the words of both APIs.
  const body = { error: { kind: 'forbidden', message }, message }
  return Response.json(body, { status: 403, headers: { 'x-amzn-ErrorType': 'AccessDeniedException' } })
}
