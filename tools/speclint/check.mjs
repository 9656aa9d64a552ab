// Parses spec/asyncapi.yaml with the AsyncAPI reference parser, which resolves the
// payload references into openapi.yaml. Fails on errors and warnings.
import { Parser, fromFile } from '@asyncapi/parser';
import { fileURLToPath } from 'node:url';

const WARNING = 1; // Severities: 0 error, 1 warning, 2 information, 3 hint.
const path = fileURLToPath(new URL('../../spec/asyncapi.yaml', import.meta.url));
const { document, diagnostics } = await fromFile(new Parser(), path).parse();

const problems = diagnostics.filter((d) => d.severity <= WARNING);
for (const d of problems) {
  console.error(`${d.path.join('.')}: ${d.message} (${d.code})`);
}
if (document === undefined || problems.length > 0) {
  console.error(`asyncapi.yaml: ${problems.length} problems`);
  process.exit(1);
}
const operations = document.operations().all();
const messages = document.channels().all().flatMap((c) => c.messages().all());
if (operations.length === 0 || messages.length === 0) {
  console.error('asyncapi.yaml: the document has no operations or no messages');
  process.exit(1);
}
console.log(`asyncapi.yaml: ${operations.length} operations, ${messages.length} messages, no problems`);
