// Parses the AsyncAPI documents with the AsyncAPI reference parser, which resolves the
// payload references into openapi.yaml. Fails on errors and warnings.
import { Parser, fromFile } from '@asyncapi/parser';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WARNING = 1; // Severities: 0 error, 1 warning, 2 information, 3 hint.
const spec = fileURLToPath(new URL('../../spec/', import.meta.url));
const carriers = readdirSync(`${spec}carriers`).filter((name) => name.endsWith('.yaml'));
for (const name of ['asyncapi.yaml', ...carriers.map((name) => `carriers/${name}`)]) {
  const { document, diagnostics } = await fromFile(new Parser(), spec + name).parse();
  const problems = diagnostics.filter((d) => d.severity <= WARNING);
  for (const d of problems) {
    console.error(`${name}: ${d.path.join('.')}: ${d.message} (${d.code})`);
  }
  if (document === undefined || problems.length > 0) {
    console.error(`${name}: ${problems.length} problems`);
    process.exit(1);
  }
  const operations = document.operations().all();
  const messages = document.channels().all().flatMap((c) => c.messages().all());
  if (operations.length === 0 || messages.length === 0) {
    console.error(`${name}: the document has no operations or no messages`);
    process.exit(1);
  }
  console.log(`${name}: ${operations.length} operations, ${messages.length} messages, no problems`);
}
