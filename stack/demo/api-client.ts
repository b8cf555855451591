import { setTimeout as sleep } from 'node:timers/promises'

/** The API, as any client of it would call it. */
export type ApiClient = {
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes
  call(method: string, path: string, body?: object): Promise<any>
  /** Reports of a sync, as they come. */
  follow(sync_id: string): AsyncGenerator<Report>
}
export type Report = {
  id: string
  status: string
  error_message: string | null
  resources: ResourceReport[]
}
export type ResourceReport = {
  resource: string
  status: string
  pages: number
  fetched: number
  created: number
  updated: number
  unchanged: number
  quarantined: number
  total: number | null
  waiting_for: string | null
  started_at: string
  finished_at: string | null
  error_message: string | null
}

// oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes
type Answer = { data?: any; error?: any }

const READY_MS = 30_000

export function createApiClient(url: string, apiKey: string): ApiClient {
  const headers = { authorization: `Bearer ${apiKey}` }
  return {
    async call(method, path, body) {
      const json = body && { body: JSON.stringify(body) }
      const response = await fetch(url + path, {
        method,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...json,
      })
      const answer = (response.status === 204 ? {} : await response.json()) as Answer
      if (!response.ok) throw new Error(`${method} ${path}: ${answer.error.message} ${answer.error.hint ?? ''}`)
      return answer.data
    },
    async *follow(sync_id) {
      const response = await fetch(`${url}/v1/syncs/${sync_id}/progress`, { headers })
      let text = ''
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = (text + chunk).split('\n\n')
        text = events.pop()!
        for (const event of events)
          if (event.startsWith('event: progress')) yield JSON.parse(event.split('\ndata: ')[1]!)
      }
    },
  }
}

/** Throws when the API has not come up in half a minute. */
export async function untilReady(url: string): Promise<void> {
  for (const giveUp = Date.now() + READY_MS; ; await sleep(50)) {
    const response = await fetch(`${url}/ready`).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > giveUp)
      throw new Error(`The API did not become ready: ${response ? await response.text() : 'no answer'}`)
  }
}
