import { defineConnector, type Context, type Upload } from '@tributary/sdk'
import { config, type Config } from './config.ts'
import { fileError } from './file-error.ts'
import { basisOf, checkFile } from './layout.ts'
import { readPage } from './read-page.ts'
import { checkMapping, toResource } from './resource.ts'
import { surveyOf, type Survey } from './survey.ts'

/** As much of a file is looked at while somebody waits for the answer. The rest is, before its first row is read. */
const FIRST_LOOK_BYTES = 16 * 1024 * 1024

/** Reads the rows of a file that was given to the connection. There is nobody to ask, so there are no credentials. */
export default defineConnector<Config>({
  config,
  open(context) {
    let survey: Promise<Survey> | undefined
    return {
      async testConnection() {
        // The file of a new connection may come later.
        if (context.upload) await firstLook(context.upload, context)
        return { id: 'csv', mode: 'live' }
      },
      async discover() {
        await firstLook(requireUpload(context), context)
        return [toResource(context.config)]
      },
      async read(request) {
        const upload = requireUpload(context)
        const revision = basisOf(upload, context.config)
        if (request.after === undefined && request.revision === revision) return { items: [], more: false, revision }
        survey ??= wholeLook(upload, context)
        return readPage({ upload, config: context.config, survey: await survey }, request)
      },
    }
  },
})

async function firstLook(upload: Upload, { config, signal }: Context<Config>): Promise<void> {
  const { layout } = await checkFile(upload, config, { within: FIRST_LOOK_BYTES, signal })
  checkMapping(layout, config)
}

async function wholeLook(upload: Upload, { config, signal }: Context<Config>): Promise<Survey> {
  const survey = await surveyOf(upload, config, signal)
  checkMapping(survey.layout, config)
  return survey
}

function requireUpload({ upload }: Context<Config>): Upload {
  if (upload) return upload
  throw fileError('this connection has no file; give it one with PUT /v1/connections/:id/content')
}
