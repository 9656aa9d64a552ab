// Tests the vendor's `@openai/agents-realtime` package against the server, over
// WebSocket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostedMcpTool } from '@openai/agents-core';
import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';
// The package's parser of events, which silently drops those that do not match its
// schemas.
import { parseRealtimeEvent } from './node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.mjs';
import { Seen, key, model, silence, socketURL, tone } from './shared.mjs';

const forecast = (calls, answer = (city) => `sunny in ${city}`) =>
  tool({
    name: 'forecast',
    description: 'The weather in a city.',
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      calls.push(city);
      return answer(city);
    },
  });

/** Connects a session and records the events of its transport and its own. */
async function connect(t, agent, options = {}) {
  const session = new RealtimeSession(agent, { transport: 'websocket', model, ...options });
  const wire = new Seen(); // The server's events.
  const told = new Seen(); // The session's events.
  const errors = [];
  session.transport.on('*', (e) => wire.add(e));
  const unparsed = new Set();
  session.transport.on('*', (e) => parseRealtimeEvent({ data: JSON.stringify(e) }).isGeneric && unparsed.add(e.type));
  session.on('error', (e) => errors.push(e));
  for (const type of [
    'agent_start', 'agent_end', 'agent_handoff', 'agent_tool_start', 'agent_tool_end', 'audio', 'audio_interrupted',
    'guardrail_tripped', 'history_added', 'mcp_tool_call_completed', 'mcp_tools_changed', 'tool_approval_requested',
  ]) {
    session.on(type, (...args) => told.add({ type, args }));
  }
  t.after(() => {
    session.close();
    assert.deepEqual([...unparsed], [], 'events that the package could not parse');
  });
  await session.connect({ apiKey: key, url: socketURL });
  await wire.wait('session.updated', 2); // One for the configuration, one for tracing.
  return { session, wire, told, errors };
}

/** Returns the texts of the messages in the history, in order. */
const texts = (session) =>
  session.history
    .filter((i) => i.type === 'message')
    .map((i) => `${i.role}: ${i.content.map((c) => c.text ?? c.transcript).join('')}`);

function speak(session, ms) {
  for (let left = ms; left > 0; left -= 100) {
    const piece = tone(Math.min(left, 100));
    session.sendAudio(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.byteLength));
  }
}

const buffer = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
const agent = (options = {}) => new RealtimeAgent({ name: 'Helper', instructions: 'You help.', ...options });

test('text turn', async (t) => {
  const { session, wire, told, errors } = await connect(t, agent());
  session.sendMessage('What is the capital of Portugal?');
  await told.wait('agent_end');
  await wire.wait('rate_limits.updated');
  assert.deepEqual(texts(session), ['user: What is the capital of Portugal?', 'assistant: The capital is Lisbon.']);
  assert.equal(told.of('agent_end')[0].args[2], 'The capital is Lisbon.');
  assert.ok(session.usage.outputTokens > 0);
  assert.equal(session.usage.totalTokens, session.usage.inputTokens + session.usage.outputTokens);
  assert.deepEqual(errors, []);
});

test('spoken turn', async (t) => {
  const { session, wire, told, errors } = await connect(t, agent(), {
    config: { audio: { input: { turnDetection: { type: 'server_vad', silenceDurationMs: 300 } } } },
  });
  speak(session, 1000);
  session.sendAudio(buffer(silence(500)));
  await told.wait('agent_end');
  await wire.wait('conversation.item.retrieved'); // After the transcript.
  assert.deepEqual(texts(session), ['user: What is the capital of Portugal?', 'assistant: The capital is Lisbon.']);
  const bytes = told.of('audio').map((e) => e.args[0].data.byteLength).reduce((a, b) => a + b);
  assert.equal(bytes, 600 * 48);
  assert.deepEqual(errors, []);
});

test('tool call with result', async (t) => {
  const calls = [];
  const { session, wire, told, errors } = await connect(t, agent({ tools: [forecast(calls)] }));
  session.sendMessage('How is the weather in Lisbon?');
  await wire.wait('response.done', 2);
  assert.deepEqual(calls, ['Lisbon']);
  assert.equal(told.of('agent_tool_start').length, 1);
  assert.equal(told.of('agent_tool_end')[0].args[3], 'sunny in Lisbon');
  assert.equal(texts(session).at(-1), 'assistant: The answer is: sunny in Lisbon');
  const call = session.history.find((i) => i.type === 'function_call');
  assert.deepEqual([call.name, call.status, call.output], ['forecast', 'completed', 'sunny in Lisbon']);
  assert.deepEqual(errors, []);
});

test('parallel tools', async (t) => {
  const calls = [];
  const { session, wire, told, errors } = await connect(t, agent({ tools: [forecast(calls)] }));
  session.sendMessage('Please compare the two.');
  await told.wait('agent_tool_end', 2);
  await wire.until('answer to both', () => texts(session).at(-1) === 'assistant: The answer is: sunny in Lisbon, sunny in Porto');
  assert.deepEqual(calls, ['Lisbon', 'Porto']);
  assert.equal(wire.of('error').length, 0);
  assert.deepEqual(errors, []);
});

test('handoff', async (t) => {
  const billing = new RealtimeAgent({ name: 'billing', handoffDescription: 'For invoices.', instructions: 'You handle invoices.' });
  const { session, wire, told, errors } = await connect(t, agent({ handoffs: [billing] }));
  session.sendMessage('I have a question about my invoice.');
  await told.wait('agent_handoff');
  await wire.wait('response.done', 2);
  assert.equal(session.currentAgent.name, 'billing');
  assert.equal(wire.of('session.updated').at(-1).session.instructions, 'You handle invoices.');
  assert.equal(texts(session).at(-1), 'assistant: Billing is here.');
  assert.deepEqual(errors, []);
});

for (const [name, turnDetection] of [
  ['the server cancels', { type: 'server_vad', interruptResponse: true }],
  ['the client cancels', { type: 'server_vad', interruptResponse: false, createResponse: false }],
]) {
  test(`interruption: ${name}`, async (t) => {
    const { session, wire, told, errors } = await connect(t, agent(), { config: { audio: { input: { turnDetection } } } });
    session.sendMessage('Tell me a long story.');
    await told.wait('audio', 3);
    speak(session, 400);
    await told.wait('audio_interrupted');
    const done = await wire.wait('response.done');
    assert.equal(done.response.status, 'cancelled');
    assert.equal(done.response.status_details.reason, turnDetection.interruptResponse ? 'turn_detected' : 'client_cancelled');
    const truncated = await wire.wait('conversation.item.truncated');
    const item = await wire.wait('conversation.item.retrieved');
    assert.equal(item.item.id, truncated.item_id);
    const heard = Buffer.from(item.item.content[0].audio, 'base64').length;
    assert.equal(heard, truncated.audio_end_ms * 48);
    assert.equal(item.item.content[0].transcript ?? null, null);
    assert.deepEqual(errors, []);
  });
}

test('history edits', async (t) => {
  const { session, wire, told, errors } = await connect(t, agent());
  session.sendMessage('What is the capital of Portugal?');
  await told.wait('agent_end');
  await wire.wait('rate_limits.updated');
  const [question, answer] = session.history;
  session.updateHistory([
    { itemId: 'first', type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
    { ...question, content: [{ type: 'input_text', text: 'Is it Lisbon?' }] },
    answer,
  ]);
  await wire.wait('conversation.item.deleted');
  await wire.until('the edit', () => texts(session).length === 3 && texts(session)[1] === 'user: Is it Lisbon?');
  assert.deepEqual(texts(session), ['system: Be brief.', 'user: Is it Lisbon?', 'assistant: The capital is Lisbon.']);
  assert.deepEqual(errors, []);
});

const docs = (requireApproval) =>
  hostedMcpTool({ serverLabel: 'docs', serverUrl: 'https://docs.example.com/mcp', requireApproval });

test('MCP call without approval', async (t) => {
  const { session, wire, told, errors } = await connect(t, agent({ tools: [docs('never')] }));
  await told.wait('mcp_tools_changed');
  assert.deepEqual(session.availableMcpTools.map((m) => m.name), ['search', 'erase']);
  session.sendMessage('How long does a session last? Look in the docs.');
  await told.wait('mcp_tool_call_completed');
  await wire.wait('response.done', 2);
  const called = () => session.history.find((i) => i.type === 'mcp_call');
  await wire.until('the call', () => called()?.status === 'completed');
  const call = called();
  assert.deepEqual([call.name, call.status, call.output], ['search', 'completed', 'A session lasts 60 minutes.']);
  assert.equal(texts(session).at(-1), 'assistant: The answer is: A session lasts 60 minutes.');
  assert.deepEqual(errors, []);
});

test('MCP approval', async (t) => {
  const { session, wire, told, errors } = await connect(t, agent({ tools: [docs({ never: { toolNames: ['search'] } })] }));
  await told.wait('mcp_tools_changed');
  session.sendMessage('Please delete the docs.');
  const asked = (await told.wait('tool_approval_requested')).args[2];
  assert.equal(asked.type, 'mcp_approval_request');
  assert.deepEqual(wire.of('response.mcp_call.in_progress'), []);
  await session.approve(asked.approvalItem);
  await told.wait('mcp_tool_call_completed');
  await wire.wait('response.done', 2);
  assert.equal(texts(session).at(-1), 'assistant: The answer is: All is gone.');
  assert.deepEqual(errors, []);
});

test('MCP refusal', async (t) => {
  const { session, wire, told, errors } = await connect(t, agent({ tools: [docs('always')] }));
  await told.wait('mcp_tools_changed');
  session.sendMessage('Please delete the docs.');
  const asked = (await told.wait('tool_approval_requested')).args[2];
  await session.reject(asked.approvalItem);
  const answer = await wire.until('answer', () => wire.of('conversation.item.done').find((e) => e.item.type === 'mcp_approval_response'));
  assert.equal(answer.item.approve, false);
  assert.deepEqual(wire.of('response.mcp_call.in_progress'), []);
  assert.deepEqual(errors, []);
});

test('guardrail', async (t) => {
  const guardrail = {
    name: 'no passwords',
    execute: async ({ agentOutput }) => ({ tripwireTriggered: agentOutput.includes('swordfish'), outputInfo: {} }),
  };
  const { session, wire, told, errors } = await connect(t, agent(), {
    outputGuardrails: [guardrail],
    outputGuardrailSettings: { debounceTextLength: 10 },
  });
  session.sendMessage('What is the password?');
  await told.wait('guardrail_tripped');
  const done = await wire.wait('response.done');
  assert.equal(done.response.status, 'cancelled');
  await wire.wait('response.done', 2);
  assert.equal(texts(session).at(-1), 'assistant: I am sorry, I cannot tell.');
  assert.deepEqual(errors, []);
});

test('lost connection', async (t) => {
  const { session, wire } = await connect(t, agent());
  const changed = new Promise((resolve) => session.transport.on('connection_change', (s) => s === 'disconnected' && resolve()));
  session.sendMessage('Please drop me.');
  await changed;
  assert.equal(session.transport.status, 'disconnected');
  assert.equal(wire.all[0].type, 'session.created');
});
