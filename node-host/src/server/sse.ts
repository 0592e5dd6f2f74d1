// Server-sent events, as they are read from a response.

export interface SseMessage {
  event: string
  data: string
}

/** The messages of a stream, until it ends. */
export async function* sseMessages(response: Response): AsyncGenerator<SseMessage> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const blocks = text.split(/\r?\n\r?\n/)
    text = blocks.pop() ?? ''
    for (const block of blocks) yield message(block)
  }
}

function message(block: string): SseMessage {
  const lines = block.split(/\r?\n/)
  const field = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ''))
  return { event: field('event')[0] ?? 'message', data: field('data').join('\n') }
}
