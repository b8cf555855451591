import { z } from 'zod'
import { type Client, unreadable } from './client.ts'

/** Of all properties that an account has for a type of objects, its own ones included. */
export type PropertyNames = (path: string) => Promise<string[]>

const shape = z.object({ results: z.array(z.object({ name: z.string() })) })

/** Asked for once: a connector is opened anew often enough to see properties that are added. */
export function createPropertyNames(client: Client): PropertyNames {
  const known = new Map<string, Promise<string[]>>()
  return (path) => {
    const names = known.get(path) ?? readNames(client, path)
    known.set(path, names)
    names.catch(() => known.delete(path))
    return names
  }
}

async function readNames(client: Client, path: string): Promise<string[]> {
  const text = await client.properties(path)
  try {
    return shape.parse(JSON.parse(text)).results.map(({ name }) => name)
  } catch {
    throw unreadable(`GET /crm/v3/properties/${path}`)
  }
}
