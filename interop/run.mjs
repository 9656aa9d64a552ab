// Builds and starts the server, and runs the tests in this directory against it; then
// runs the tests of this module against a foreign server.
// Passes its arguments to node, such as --test-name-pattern=interruption.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const temporary = mkdtempSync(path.join(tmpdir(), 'interop-'));
const binary = path.join(temporary, 'realtimetest');
const certificate = path.join(temporary, 'cert.pem');

execFileSync('go', ['build', '-o', binary, './cmd/realtimetest'], { cwd: path.dirname(here), stdio: 'inherit' });

// The clients require TLS.
const server = spawn(
  binary,
  ['-addr', '127.0.0.1:0', '-tls', '-cert', certificate, '-key', 'interop-key', '-pace', '2', '-script', path.join(here, 'script.json')],
  { stdio: ['ignore', 'pipe', process.env.INTEROP_LOG ? 'inherit' : 'ignore'] },
);
const exited = new Promise((resolve) => server.on('exit', (code, signal) => resolve(signal ?? code)));

const ready = createInterface({ input: server.stdout });
const url = await new Promise((resolve, reject) => {
  ready.on('line', (line) => resolve(line.match(/https:\S+/)?.[0]));
  ready.on('close', () => reject(new Error('the server did not start')));
});

const files = ['openai.test.mjs', 'agents.test.mjs'].map((name) => path.join(here, name));
const scenarios = spawn(process.execPath, ['--test', '--test-reporter=spec', ...process.argv.slice(2), ...files], {
  stdio: 'inherit',
  env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate, INTEROP_URL: url, OPENAI_AGENTS_DISABLE_TRACING: '1' },
});
process.exitCode = await new Promise((resolve) => scenarios.on('exit', (code) => resolve(code ?? 1)));

// The sessions of this module against a server that others have written.
const foreign = spawn(process.execPath, [path.join(here, 'aimock.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
const address = await new Promise((resolve, reject) => {
  const lines = createInterface({ input: foreign.stdout });
  lines.on('line', resolve);
  lines.on('close', () => reject(new Error('the foreign server did not start')));
});
const sessions = spawn('go', ['test', '-count=1', './interop'], {
  cwd: path.dirname(here),
  stdio: 'inherit',
  env: { ...process.env, AIMOCK_URL: address },
});
process.exitCode ||= await new Promise((resolve) => sessions.on('exit', (code) => resolve(code ?? 1)));
foreign.kill('SIGTERM');

server.kill('SIGTERM');
const end = await exited;
if (end !== 0) {
  console.error(`the server exited with ${end}`);
  process.exitCode = 1;
}
rmSync(temporary, { recursive: true });
