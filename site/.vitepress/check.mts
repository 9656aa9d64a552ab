import { readFileSync, readdirSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

// dead returns the links of the built pages that lead to no file of the site. VitePress checks
// the links of the sources alone: one to a page with another name on the site passes there.
export function dead(out: string, base: string): string[] {
  const found: string[] = []
  for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.html')) continue
    for (const [, href] of readFileSync(join(out, name), 'utf8').matchAll(/<a\b[^>]*\shref="([^"]*)"/g)) {
      const to = new URL(href, 'http://site' + base + name)
      if (to.origin !== 'http://site') continue
      if (!to.pathname.startsWith(base) || !served(join(out, decodeURIComponent(to.pathname.slice(base.length))))) found.push(`${name}: ${href}`)
    }
  }
  return [...new Set(found)].sort()
}

// served reports whether the site has a page or file at a path without its extension.
function served(path: string): boolean {
  const isFile = (p: string) => existsSync(p) && statSync(p).isFile()
  return isFile(path) || isFile(path + '.html') || isFile(join(path, 'index.html'))
}
