import type { App } from './deps.ts'

/**
 * Bodies are JSON. An empty one is none, since many clients send the header of JSON with every POST. One that takes longer
 * than `timeoutMs` to come ends with its connection: the server's own limit is made for files.
 */
export function acceptJsonOnly(app: App, { timeoutMs }: { timeoutMs: number }): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, body as string, done)
  })
  app.addHook('preParsing', async ({ mediaType, raw }) => {
    if (mediaType !== 'application/json') return
    const timer = setTimeout(() => raw.destroy(), timeoutMs)
    for (const end of ['end', 'close']) raw.once(end, () => clearTimeout(timer))
  })
}
