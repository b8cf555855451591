import { defineConnector, type Context, type Upload } from '@tributary/sdk'
import { config, type Config } from './config.ts'
import { fileError } from './file-error.ts'
import { basisOf, findLayout, type Layout } from './layout.ts'
import { readPage } from './read-page.ts'
import { checkMapping, layoutFrom, toResource } from './resource.ts'

/** Reads the rows of a file that was given to the connection. There is nobody to ask, so there are no credentials. */
export default defineConnector<Config>({
  config,
  open(context) {
    let layout: Promise<Layout> | undefined
    const whole = () => (layout ??= checkFile(context))
    return {
      async testConnection() {
        await whole()
        return { id: 'csv', mode: 'live' }
      },
      discover: async () => [toResource(await whole(), context.config)],
      async read(request) {
        const upload = requireUpload(context)
        const revision = basisOf(upload, context.config)
        if (request.after === undefined && request.revision === revision) return { items: [], more: false, revision }
        const known = layoutFrom(request.resource, revision)
        return readPage({ upload, config: context.config, layout: known ?? (await whole()) }, request)
      },
    }
  },
})

async function checkFile(context: Context<Config>): Promise<Layout> {
  const layout = await findLayout(requireUpload(context), context.config, context.signal)
  checkMapping(layout, context.config)
  return layout
}

function requireUpload({ upload }: Context<Config>): Upload {
  if (upload) return upload
  throw fileError('this connection has no file; give it one with PUT /v1/connections/:id/content')
}
