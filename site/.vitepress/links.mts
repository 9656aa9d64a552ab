import type { MarkdownRenderer } from 'vitepress'
import { posix } from 'node:path'

// outside makes links of documents that leave docs, or lead to a page that the site leaves
// out, links to the repository. A test in Go checks that they lead somewhere.
export function outside(md: MarkdownRenderer, repository: string, excluded: string[]): void {
  md.core.ruler.push('outside', (state) => {
    const page = 'docs/' + state.env.relativePath
    for (const block of state.tokens) {
      for (const token of block.children ?? []) {
        const href = token.attrGet('href')
        if (token.type !== 'link_open' || !href || /^([a-z]+:|#|\/)/.test(href)) continue
        const to = posix.join(posix.dirname(page), href)
        if (to.startsWith('docs/') && !excluded.includes(to.slice('docs/'.length).split('#')[0])) continue
        token.attrSet('href', `${repository}/blob/main/${to}`)
      }
    }
  })
}

// literal keeps the braces of inline code from being read as Vue's interpolation.
export function literal(md: MarkdownRenderer): void {
  md.renderer.rules.code_inline = (tokens, i) => `<code v-pre>${md.utils.escapeHtml(tokens[i].content)}</code>`
}

// slug makes the fragment of a heading as GitHub does, so that links work in both places.
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{Nd} _-]/gu, '')
    .replace(/ /g, '-')
}
