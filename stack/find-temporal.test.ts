import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildTemporal } from './build-temporal.ts'
import { downloadTemporal } from './download-temporal.ts'
import { findTemporal, findTemporalBinary, type Fetcher } from './find-temporal.ts'
import { testFolder } from './test-victim.ts'

const cli = '#!/bin/sh\necho "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"\n'

function program(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  return file
}

/** A PATH of one folder and a cache, both empty, a network that is not there, and what was said. */
function scene() {
  const folder = testFolder()
  const lines: string[] = []
  const closed =
    (reason: string): Fetcher =>
    () =>
      Promise.reject(new Error(reason))
  const options = {
    path: join(folder, 'path'),
    cacheDir: join(folder, 'cache'),
    say: (line: string) => void lines.push(line),
    download: closed('the download from temporal.download failed (ENOTFOUND)'),
    build: closed('there is no `go` in the folders of PATH'),
  }
  return { folder, lines, options, cached: join(options.cacheDir, 'bin/temporal') }
}

const putsCli: Fetcher = ({ target }) => Promise.resolve(void program(target, cli))

describe('The order in which Temporal is found', () => {
  test('TEMPORAL_ADDRESS comes first', async () => {
    const { options, lines } = scene()
    program(join(options.path, 'temporal'), cli)
    expect(await findTemporal({ ...options, address: '10.0.0.7:7233' })).toEqual({ address: '10.0.0.7:7233' })
    expect(lines).toEqual(['Temporal: using the server at 10.0.0.7:7233 (TEMPORAL_ADDRESS)'])
  })

  test('then a `temporal` on the PATH', async () => {
    const { options, lines, cached } = scene()
    const onPath = program(join(options.path, 'temporal'), cli)
    program(cached, cli)
    expect(await findTemporal(options)).toEqual({ binary: onPath })
    expect(lines).toEqual(['Temporal: TEMPORAL_ADDRESS is not set; looking for `temporal` on the PATH'])
  })

  test('then the cached one, also when that on the PATH does not run or is another program', async () => {
    const { options, lines, cached } = scene()
    program(cached, cli)
    expect(await findTemporalBinary(options)).toBe(cached)
    expect(lines[1]).toContain('there is no `temporal` in')
    const other = program(join(options.path, 'temporal'), '#!/bin/sh\necho "temporal, a diary"\n')
    expect(await findTemporalBinary(options)).toBe(cached)
    expect(lines[3]).toBe(`Temporal: ${other} is not the CLI of Temporal with its server; looking in the cache`)
    program(other, '#!/nowhere/interpreter\n')
    expect(await findTemporalBinary(options)).toBe(cached)
    expect(lines[5]).toBe(`Temporal: ${other} does not run; looking in the cache`)
  })

  test('then the official download, into the cache', async () => {
    const { options, lines, cached } = scene()
    expect(await findTemporalBinary({ ...options, download: putsCli })).toBe(cached)
    expect(lines.at(-1)).toMatch(/there is no `temporal` in .*; downloading the CLI from temporal.download/)
    expect(await findTemporalBinary(options)).toBe(cached)
  })

  test('then a build, which says why there was no download', async () => {
    const { options, lines, cached } = scene()
    expect(await findTemporalBinary({ ...options, build: putsCli })).toBe(cached)
    expect(lines.at(-1)).toContain('from temporal.download failed (ENOTFOUND); building the CLI with `go install`')
  })

  test('With none left the error names all ways and what to do', async () => {
    const { options } = scene()
    const error = await findTemporalBinary(options).catch((reason: Error) => reason.message)
    expect(error).toMatch(/TEMPORAL_ADDRESS is not set\n.*no `temporal` in.*\n.*no `temporal` in.*cache.*\n.*ENOTFOUND/)
    expect(error).toMatch(
      /no `go`.*\nDo one of these: set TEMPORAL_ADDRESS .* on the PATH .* download, or install Go 1.25/,
    )
  })
})

/** A site that offers an archive with the CLI in it, as temporal.download does. */
async function site(listener?: RequestListener): Promise<string> {
  const folder = testFolder()
  program(join(folder, 'temporal'), cli)
  execFileSync('tar', ['-czf', 'cli.tar.gz', 'temporal'], { cwd: folder })
  const offer: RequestListener = (request, response) => {
    const archiveUrl = `http://${request.headers.host}/cli.tar.gz`
    if (request.url?.endsWith('cli.tar.gz')) return response.end(readFileSync(join(folder, 'cli.tar.gz')))
    response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal', asked: request.url }))
  }
  const server = createServer(listener ?? offer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return urlOf(server)
}

function urlOf(server: Server): string {
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

describe('The download', () => {
  test('puts the program in its place, whole, also when two processes want it at once', async () => {
    const target = join(testFolder(), 'bin/temporal')
    const url = await site()
    await Promise.all([1, 2].map(() => downloadTemporal({ target, say: () => {}, site: url })))
    expect(execFileSync(target, { encoding: 'utf8' })).toContain('1.5.1')
    expect(readdirSync(dirname(target))).toEqual(['temporal'])
  })

  test('leaves nothing behind when the archive is cut off', async () => {
    const target = join(testFolder(), 'bin/temporal')
    const url = await site((request, response) => {
      const archiveUrl = `http://${request.headers.host}/cli.tar.gz`
      if (request.url?.endsWith('cli.tar.gz')) return response.write('cut', () => response.destroy())
      response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }))
    })
    await expect(downloadTemporal({ target, say: () => {}, site: url })).rejects.toThrow(/the download from .* failed/)
    expect(readdirSync(dirname(target))).toEqual([])
  })

  test('names the host and the reason when there is no network or an error', async () => {
    const target = join(testFolder(), 'bin/temporal')
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const url = urlOf(gone)
    await once(gone.close(), 'close')
    const offline = downloadTemporal({ target, say: () => {}, site: url })
    await expect(offline).rejects.toThrow(`the download from ${new URL(url).host} failed (ECONNREFUSED)`)
    const busy = await site((_request, response) => response.writeHead(503).end())
    await expect(downloadTemporal({ target, say: () => {}, site: busy })).rejects.toThrow('failed (it answered 503)')
    expect(existsSync(target)).toBe(false)
  })
})

describe('The build', () => {
  const fakeGo = (path: string, version: string, install: string) =>
    program(
      join(path, 'go'),
      `#!/bin/sh\nif [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit; fi\n${install}\n`,
    )

  test('takes Go 1.25 or newer and the tag that can be built, and leaves the program alone', async () => {
    const { options, cached } = scene()
    fakeGo(
      options.path,
      'go1.26.1',
      `printf '${cli.replaceAll('\n', '\\n')}' >"$GOBIN/temporal"; chmod +x "$GOBIN/temporal"; echo "$*" >&2
      [ "$*" = "install github.com/temporalio/cli/cmd/temporal@v1.5.1" ]`,
    )
    await buildTemporal({ target: cached, say: () => {}, path: options.path })
    expect(execFileSync(cached, { encoding: 'utf8' })).toContain('1.5.1')
    expect(readdirSync(dirname(cached))).toEqual(['temporal'])
  })

  test('refuses an older Go, and says which', async () => {
    const { options, cached } = scene()
    fakeGo(options.path, 'go1.24.9', 'exit 1')
    const build = buildTemporal({ target: cached, say: () => {}, path: options.path })
    await expect(build).rejects.toThrow(
      'Go 1.25 or newer is needed for the build, and `go version` says "go version go1.24.9',
    )
  })

  test('shows the last lines of one that fails, and says every few seconds that it is at it', async () => {
    const { options, lines, cached } = scene()
    fakeGo(options.path, 'go1.26.1', 'sleep 5.5; echo "no space left on device" >&2; exit 1')
    const build = buildTemporal({ target: cached, say: options.say, path: options.path })
    await expect(build).rejects.toThrow('the build failed (exit code 1): no space left on device')
    expect(lines).toEqual(['Temporal: building the CLI with Go, for 5 s'])
    expect(readdirSync(dirname(cached))).toEqual([])
  })
})
