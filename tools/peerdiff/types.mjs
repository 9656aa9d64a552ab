// Prints an OpenAPI document of the events that the npm package `openai` declares in
// TypeScript. The types are read by the TypeScript compiler; names and notation do not
// matter, since eventgen compares what is on the wire.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

const root = path.dirname(createRequire(import.meta.url).resolve('openai'));
const resources = path.join(root, 'resources');

// The unions of events, by the module that exports them.
const unions = {
  RealtimeClientEvent: 'realtime/realtime',
  RealtimeServerEvent: 'realtime/realtime',
  RealtimeTranslationClientEvent: 'realtime/realtime',
  RealtimeTranslationServerEvent: 'realtime/realtime',
};

const file = (module) => path.join(resources, `${module}.d.ts`);
const program = ts.createProgram([...new Set(Object.values(unions))].map(file), {
  strict: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
});
const checker = program.getTypeChecker();
const schemas = {};
const names = new Map(); // Components by type.

const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const has = (type, flag) => (type.flags & flag) !== 0;

// declared returns the name of an exported type or interface, or undefined.
function declared(type) {
  const symbol = type.aliasSymbol ?? type.getSymbol();
  if (!symbol || symbol.name.startsWith('__') || !symbol.declarations?.some((d) => d.getSourceFile().fileName.includes('/openai/'))) {
    return undefined;
  }
  return checker.getFullyQualifiedName(symbol).replace(/^".*"\./, '').replaceAll('.', '');
}

// schema returns the schema of a type. A named object or union becomes a component.
function schema(type) {
  const plain = scalar(type);
  if (plain) return plain;
  const name = declared(type);
  if (!name) return structure(type);
  if (!names.has(type)) {
    let unique = name;
    for (let n = 2; unique in schemas; n++) unique = `${name}${n}`;
    names.set(type, unique);
    schemas[unique] = {}; // First, so that recursion ends.
    Object.assign(schemas[unique], structure(type));
  }
  return ref(names.get(type));
}

function scalar(type) {
  if (has(type, ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
  if (has(type, ts.TypeFlags.Null)) return { type: 'null' };
  if (type.isStringLiteral()) return { type: 'string', enum: [type.value] };
  if (type.isNumberLiteral()) return { type: 'number', enum: [type.value] };
  if (has(type, ts.TypeFlags.BooleanLiteral)) return { type: 'boolean', enum: [type.intrinsicName === 'true'] };
  if (has(type, ts.TypeFlags.String)) return { type: 'string' };
  if (has(type, ts.TypeFlags.Number)) return { type: 'number' };
  if (has(type, ts.TypeFlags.Boolean)) return { type: 'boolean' };
  // string & {} is the notation for a set of strings that is open.
  if (type.isIntersection() && type.types.some((t) => has(t, ts.TypeFlags.String))) return { type: 'string' };
  return undefined;
}

function structure(type) {
  if (type.isUnion()) return union(type);
  if (checker.isArrayType(type)) return { type: 'array', items: schema(checker.getTypeArguments(type)[0]) };
  const properties = checker.getPropertiesOfType(type);
  const values = checker.getIndexInfoOfType(type, ts.IndexKind.String);
  if (properties.length === 0) {
    return values ? { type: 'object', additionalProperties: schema(values.type) } : { type: 'object' };
  }
  const object = { type: 'object', required: [], properties: {} };
  for (const p of properties) {
    const optional = (p.flags & ts.SymbolFlags.Optional) !== 0;
    object.properties[p.name] = member(p);
    if (!optional) object.required.push(p.name);
  }
  return object;
}

function member(symbol) {
  const of = schema(checker.getTypeOfSymbol(symbol));
  const deprecated = symbol.getJsDocTags(checker).some((tag) => tag.name === 'deprecated');
  return deprecated ? { ...of, deprecated: true } : of;
}

// union returns the schema of a union: its strings are one arm, true and false are a
// boolean, and undefined is no value.
function union(type) {
  const arms = [];
  const literals = [];
  let booleans = 0;
  for (const t of type.types) {
    if (has(t, ts.TypeFlags.Undefined)) continue;
    if (has(t, ts.TypeFlags.BooleanLiteral) && ++booleans < 2) continue;
    if (t.isStringLiteral()) literals.push(t.value);
    else arms.push(has(t, ts.TypeFlags.BooleanLiteral) ? { type: 'boolean' } : schema(t));
  }
  if (literals.length > 0) arms.unshift({ type: 'string', enum: literals });
  return arms.length === 1 ? arms[0] : { anyOf: arms };
}

for (const [name, module] of Object.entries(unions)) {
  const source = program.getSourceFile(file(module));
  const symbol = source && checker.getExportsOfModule(checker.getSymbolAtLocation(source)).find((s) => s.name === name);
  if (!symbol) throw new Error(`openai exports no type ${name} from resources/${module}`);
  schema(checker.getDeclaredTypeOfSymbol(symbol));
}

const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const document = { openapi: '3.1.0', info: { title: 'npm openai', version }, paths: {}, components: { schemas } };
process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
