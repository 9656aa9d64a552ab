// Type-checks the TypeScript blocks of docs/from-typescript.md against the vendor's packages.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const here = import.meta.dirname
const page = join(here, '../docs/from-typescript.md')

// Each block is a module of its own, in this folder, so that its imports resolve.
const blocks = new Map()
for (const m of readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)) {
  blocks.set(join(here, `block-${blocks.size + 1}.mts`), m[1] + '\nexport {}\n')
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
  console.error(`${blocks.size} blocks of docs/from-typescript.md, ${faults.length} faults`)
  process.exit(1)
}
console.log(`${blocks.size} blocks of docs/from-typescript.md compile`)
