// Holds sessions through the vendor's package. Serves requests from standard input, as
// the Go clients do.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';

const sound = 4800;
const sessions = [];
let events = 0;
let broken = 0;
let opened = false;

async function open({ base, roots, sessions: n }) {
  const client = new OpenAI({ apiKey: 'key', baseURL: base });
  for (let i = 0; i < n; i += 32) {
    await Promise.all(Array.from({ length: Math.min(32, n - i) }, () => connect(client, roots)));
  }
  opened = true;
  return {};
}

async function connect(client, ca) {
  const rt = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca } }, client);
  let failed;
  rt.on('error', (e) => (failed = e));
  rt.on('response.output_audio.delta', (e) => {
    if (Buffer.from(e.delta, 'base64').length === sound) events++;
  });
  rt.socket.on('close', () => broken++);
  const created = new Promise((resolve) => rt.on('session.created', resolve));
  await Promise.race([created, once(rt.socket, 'close')]);
  if (failed) throw failed;
  sessions.push(rt);
}

function memory() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  const m = process.memoryUsage();
  return { heap: m.heapUsed + m.external, stack: 0, rss: m.rss, goroutines: 0 };
}

function stat() {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) * 1000, events, broken: opened ? broken : 0 };
}

const answers = { open, memory, stat };

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    console.log(JSON.stringify(await answers[request.do](request)));
  } catch (e) {
    console.log(JSON.stringify({ error: String(e.message ?? e) }));
  }
}
process.exit(0);
