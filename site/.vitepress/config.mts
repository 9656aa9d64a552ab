import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { guides, reference, sdks } from './pages.mts'
import { dead } from './check.mts'
import { literal, outside, slug } from './links.mts'

const here = fileURLToPath(new URL('..', import.meta.url))
// excluded are documents for those who work on the module.
const excluded = ['mission.md']
// rewrites are the pages that have another name on the site.
const rewrites = { 'README.md': 'index.md' }
const base = '/realtime-go/'
const repository = 'https://github.com/voicelane/realtime-go'

export default defineConfig({
  title: 'realtime-go',
  description: 'A Go SDK for live voice over the OpenAI Realtime API',
  base,
  srcDir: '../docs',
  outDir: '../site-out',
  rewrites,
  srcExclude: excluded,
  cleanUrls: true,
  ignoreDeadLinks: false,
  buildEnd(site) {
    const links = dead(site.outDir, base)
    if (links.length > 0) throw new Error('dead links on the site:\n' + links.join('\n'))
  },
  markdown: {
    anchor: { slugify: slug },
    config: (md) => {
      literal(md)
      outside(md, repository, excluded)
    },
  },
  // The pages are outside of this folder, and would look for Vue beside themselves.
  vite: {
    plugins: [
      {
        name: 'vue-of-the-site',
        enforce: 'pre',
        resolveId(source, importer, options) {
          if (!/^vue($|\/)/.test(source) || importer?.startsWith(here)) return null
          return this.resolve(source, here + 'package.json', { ...options, skipSelf: true })
        },
      },
    ],
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guides', link: guides[0].link },
      { text: 'From another SDK', link: sdks[0].link },
      { text: 'API', link: 'https://pkg.go.dev/github.com/voicelane/realtime-go' },
    ],
    sidebar: [
      { text: 'Guides', items: guides },
      { text: 'From another SDK', items: sdks },
      { text: 'Reference', items: reference },
    ],
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: repository + '/edit/main/docs/:path', text: 'Edit this page' },
    outline: [2, 3],
  },
})
