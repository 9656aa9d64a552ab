// Type-checks the TypeScript blocks of the documents against the vendor's packages.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const here = import.meta.dirname
const pages = ['from-typescript.md', 'guide/browser.md']

// Each block is a module of its own, in this folder, so that its imports resolve.
const blocks = new Map()
for (const page of pages) {
  const text = readFileSync(join(here, '../docs', page), 'utf8')
  const found = [...text.matchAll(/^```ts\n(.*?)^```$/gms)]
  if (found.length === 0) throw new Error(`${page} has no TypeScript`)
  for (const m of found) {
    blocks.set(join(here, `${page.replace(/\W/g, '-')}-${blocks.size + 1}.mts`), m[1] + '\nexport {}\n')
  }
}

const options = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  typeRoots: [join(here, 'node_modules/@types')],
}
const host = ts.createCompilerHost(options)
const { readFile, fileExists, getSourceFile } = host
host.readFile = (name) => blocks.get(name) ?? readFile(name)
host.fileExists = (name) => blocks.has(name) || fileExists(name)
host.getSourceFile = (name, version, ...rest) =>
  blocks.has(name) ? ts.createSourceFile(name, blocks.get(name), version) : getSourceFile(name, version, ...rest)

const program = ts.createProgram([...blocks.keys()], options, host)
const faults = ts.getPreEmitDiagnostics(program)
if (faults.length > 0 || blocks.size < 5) {
  console.error(ts.formatDiagnostics(faults, { ...host, getCurrentDirectory: () => here }))
  console.error(`${blocks.size} TypeScript blocks of ${pages.join(' and ')}, ${faults.length} faults`)
  process.exit(1)
}
console.log(`${blocks.size} TypeScript blocks of ${pages.join(' and ')} compile`)
