// Holds one conversation of the vendor's `@openai/agents-realtime` package, for
// agents_test.go, which has the server: node agents.scenario.mjs SCENARIO URL. It prints
// what the server cannot know as JSON.
import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';

const [scenario, url] = process.argv.slice(2);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const buffer = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);

/** The delay of the sound device, as in agents_ours_test.go. */
const deviceDelay = 300;

/** Returns a tone as 24 kHz mono PCM16, which the server detects as speech. */
function tone(ms) {
  const samples = new Int16Array(24 * ms);
  for (let i = 0; i < samples.length; i++) samples[i] = 8000 * Math.sin((2 * Math.PI * 330 * i) / 24000);
  return Buffer.from(samples.buffer);
}

/** A promise that a tool or an event resolves. */
function signal() {
  const s = {};
  s.come = new Promise((resolve) => (s.give = resolve));
  return s;
}

const begun = signal(); // The tool runs.
const release = signal(); // It may return.
let session;

const forecast = (options = {}) =>
  tool({
    name: 'forecast',
    description: 'The weather in a city.',
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      await wait({ Lisbon: 500, Porto: 1500, Faro: 2500 }[city]);
      return `sunny in ${city}`;
    },
    ...options,
  });

const held = (after = () => {}) =>
  forecast({
    execute: async ({ city }, _context, details) => {
      begun.give(details);
      await release.come;
      await after();
      return `sunny in ${city}`;
    },
  });

/** Connects, and returns what waits for an answer of the model that contains text. */
async function connect(agentOptions = {}, options = {}) {
  const agent = new RealtimeAgent({ name: 'Helper', instructions: 'You help.', ...agentOptions });
  session = new RealtimeSession(agent, {
    transport: 'websocket',
    model: 'gpt-realtime',
    config: { audio: { input: { turnDetection: { type: 'server_vad', silenceDurationMs: 300 } } } },
    ...options,
  });
  session.on('error', () => {}); // The server counts what it refuses.
  let first = 0;
  session.on('audio', () => (first ||= Date.now()));
  session.on('audio_interrupted', () => (session.played ??= Math.max(0, Date.now() - first - deviceDelay)));
  await session.connect({ apiKey: 'any', url });
  session.hears = (text) =>
    new Promise((resolve) => {
      let said = '';
      session.transport.on('*', (e) => {
        if (e.type === 'response.created') said = '';
        if (e.type === 'response.output_audio_transcript.delta') said += e.delta;
        if (e.type === 'response.done' && said.includes(text)) resolve();
      });
    });
  session.hearsSound = new Promise((resolve) => session.transport.on('audio', resolve));
}

async function say(text, answer) {
  const heard = session.hears(answer);
  session.sendMessage(text);
  await heard;
}

async function speak() {
  session.sendAudio(buffer(tone(400)));
  session.sendAudio(buffer(Buffer.alloc(48 * 500)));
}

const scenarios = {
  'text turn': async () => {
    await connect();
    await say('What is the capital of Portugal?', 'Lisbon');
  },
  'one tool': async () => {
    await connect({ tools: [forecast()] });
    await say('How is the weather in Lisbon?', 'sunny');
  },
  'three parallel tools': async () => {
    await connect({ tools: [forecast()] });
    await say('Please compare the three.', 'Faro');
  },
  'barge-in': async () => {
    await connect();
    session.sendMessage('Tell me a long story.');
    await session.hearsSound;
    await wait(1000);
    const heard = session.hears('You spoke');
    speak();
    await heard;
  },
  'barge-in while a tool runs': async () => {
    await connect({ tools: [held()] });
    session.sendMessage('How is the weather in Lisbon?');
    await begun.come;
    const answer = session.hears('You spoke');
    speak();
    await wait(1000); // The answer has begun, and takes longer.
    const result = session.hears('sunny');
    release.give();
    await answer;
    await result;
  },
  approval: async () => {
    await connect({ tools: [forecast({ needsApproval: true })] });
    const asked = new Promise((resolve) => session.on('tool_approval_requested', (_c, _a, request) => resolve(request)));
    session.sendMessage('How is the weather in Lisbon?');
    const request = await asked;
    await say('What time is it?', 'Noon');
    const answer = session.hears('sunny');
    await session.approve(request.approvalItem);
    await answer;
  },
  'hand-off': async () => {
    const billing = new RealtimeAgent({ name: 'billing', handoffDescription: 'For invoices.', instructions: 'You handle invoices.' });
    await connect({ handoffs: [billing] });
    await say('I have a question about my invoice.', 'Billing is here');
  },
  guard: async () => {
    const guardrail = {
      name: 'no passwords',
      execute: async ({ agentOutput }) => ({ tripwireTriggered: agentOutput.includes('swordfish'), outputInfo: {} }),
    };
    await connect({}, { outputGuardrails: [guardrail], outputGuardrailSettings: { debounceTextLength: 10 } });
    await say('What is the password?', 'cannot tell');
  },
  'refused output': async () => {
    const call = signal();
    await connect({ tools: [held(async () => {
      const item = await call.come;
      const deleted = new Promise((resolve) => session.transport.on('conversation.item.deleted', resolve));
      session.transport.sendEvent({ type: 'conversation.item.delete', item_id: item });
      await deleted;
    })] });
    session.transport.on('response.output_item.done', (e) => e.item.type === 'function_call' && call.give(e.item.id));
    const answer = session.hears('I have no result');
    session.sendMessage('How is the weather in Lisbon?');
    await begun.come;
    release.give();
    await answer;
  },
};

await scenarios[scenario]();
await say('Is that all?', 'That is all');
await wait(200); // What is on its way arrives.
console.log(JSON.stringify({ played: session.played ?? 0 }));
session.close();
process.exit(0);
