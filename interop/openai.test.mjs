// Tests the vendor's `openai` package against the server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { OpenAIRealtimeTranslationWS } from 'openai/realtime/translations/ws';
import { Seen, baseURL, key, model, opened, silence, tone } from './shared.mjs';

const client = (apiKey = key, options = {}) => new OpenAI({ apiKey, baseURL, maxRetries: 0, ...options });

async function connect(t, props = { model }, options = {}) {
  const rt = new OpenAIRealtimeWS({ ...props, options }, client());
  return follow(t, rt);
}

/** Follows a socket: what it emits and which errors it reports. */
async function follow(t, rt) {
  const seen = new Seen();
  const errors = [];
  rt.on('event', (e) => seen.add(e));
  rt.on('error', (e) => errors.push(e));
  t.after(() => rt.close());
  await opened(rt.socket);
  return { rt, seen, errors };
}

const textOnly = { type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } };
const say = (text) => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
});
const respond = { type: 'response.create' };

function send(rt, ...events) {
  for (const e of events) rt.send(e);
}

const append = (rt, sound) => rt.send({ type: 'input_audio_buffer.append', audio: sound.toString('base64') });

test('text turn', async (t) => {
  const { rt, seen, errors } = await connect(t);
  send(rt, textOnly, say('What is the capital of Portugal?'), respond);
  const done = await seen.wait('response.done');
  assert.equal(seen.all[0].type, 'session.created');
  assert.equal(seen.all[0].session.model, model);
  assert.deepEqual(seen.types().slice(1), [
    'session.updated', 'conversation.item.added', 'conversation.item.done', 'response.created',
    'response.output_item.added', 'conversation.item.added', 'response.content_part.added',
    'response.output_text.delta', 'response.output_text.done', 'response.content_part.done',
    'response.output_item.done', 'conversation.item.done', 'response.done',
  ]);
  assert.equal(seen.of('response.output_text.delta').map((e) => e.delta).join(''), 'The capital is Lisbon.');
  assert.equal(done.response.status, 'completed');
  const { usage } = done.response;
  assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  const limits = await seen.wait('rate_limits.updated');
  assert.deepEqual(limits.rate_limits.map((l) => l.name), ['requests', 'tokens']);
  const ids = seen.all.map((e) => e.event_id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(errors, []);
});

test('audio turn', async (t) => {
  const { rt, seen, errors } = await connect(t);
  rt.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: {
        input: { transcription: { model: 'gpt-4o-mini-transcribe' }, turn_detection: { type: 'server_vad', silence_duration_ms: 300 } },
        output: { voice: 'marin' },
      },
    },
  });
  const updated = await seen.wait('session.updated');
  assert.equal(updated.session.audio.output.voice, 'marin');
  assert.equal(updated.session.audio.input.turn_detection.threshold, 0.5);
  for (let i = 0; i < 5; i++) append(rt, tone(200));
  append(rt, silence(600));
  const done = await seen.wait('response.done');
  const started = await seen.wait('input_audio_buffer.speech_started');
  const stopped = await seen.wait('input_audio_buffer.speech_stopped');
  assert.equal(started.audio_start_ms, 0);
  assert.equal(stopped.audio_end_ms, 1300);
  assert.equal((await seen.wait('input_audio_buffer.committed')).item_id, started.item_id);
  const heard = await seen.wait('conversation.item.input_audio_transcription.completed');
  assert.equal(heard.transcript, 'What is the capital of Portugal?');
  assert.equal(heard.item_id, started.item_id);
  const sound = seen.of('response.output_audio.delta').map((e) => Buffer.from(e.delta, 'base64').length);
  assert.equal(sound.reduce((a, b) => a + b), 600 * 48);
  assert.equal((await seen.wait('response.output_audio_transcript.done')).transcript, 'The capital is Lisbon.');
  assert.equal(done.response.audio.output.voice, 'marin');
  assert.ok(done.response.usage.output_token_details.audio_tokens > 0);
  assert.deepEqual(errors, []);
});

test('tool call', async (t) => {
  const { rt, seen, errors } = await connect(t);
  const tool = { type: 'function', name: 'forecast', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
  send(rt, { ...textOnly, session: { ...textOnly.session, tools: [tool] } }, say('How is the weather in Lisbon?'), respond);
  const call = await seen.wait('response.function_call_arguments.done');
  assert.equal(seen.of('response.function_call_arguments.delta').map((e) => e.delta).join(''), call.arguments);
  assert.deepEqual(JSON.parse(call.arguments), { city: 'Lisbon' });
  const done = await seen.wait('response.done');
  assert.deepEqual(done.response.output.map((i) => [i.type, i.name, i.status]), [['function_call', 'forecast', 'completed']]);
  send(rt, { type: 'conversation.item.create', item: { type: 'function_call_output', call_id: call.call_id, output: 'sunny' } }, respond);
  await seen.wait('response.done', 2);
  assert.equal((await seen.wait('response.output_text.done')).text, 'The answer is: sunny');
  assert.deepEqual(errors, []);
});

test('errors name the event and the parameter', async (t) => {
  const { rt, seen, errors } = await connect(t);
  send(
    rt,
    { type: 'session.update', event_id: 'mine_1', session: { type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', threshold: 'loud' } } } } },
    { type: 'session.update', event_id: 'mine_2', session: { type: 'realtime', sing: true } },
    { type: 'no.such.event', event_id: 'mine_3' },
    { type: 'response.cancel' },
    { type: 'input_audio_buffer.commit', event_id: 'mine_5' },
    { type: 'conversation.item.delete', event_id: 'mine_6', item_id: 'nothing' },
  );
  await seen.wait('error', 6);
  assert.deepEqual(
    errors.map((e) => [e.error.code, e.error.param, e.error.event_id]),
    [
      ['invalid_type', 'session.audio.input.turn_detection.threshold', 'mine_1'],
      ['unknown_parameter', 'session.sing', 'mine_2'],
      ['invalid_value', 'type', 'mine_3'],
      ['response_cancel_not_active', null, null],
      ['input_audio_buffer_commit_empty', null, 'mine_5'],
      ['item_not_found', 'item_id', 'mine_6'],
    ],
  );
  send(rt, say('Break, please.'), respond);
  const failed = await seen.wait('response.done');
  assert.equal(failed.response.status, 'failed');
  assert.equal(failed.response.status_details.error.code, 'overloaded');
});

test('wrong key and old beta: error, then close', async (t) => {
  for (const [apiKey, headers, code, closed] of [
    ['wrong', {}, 'invalid_api_key', 3000],
    [key, { 'OpenAI-Beta': 'realtime=v1' }, 'beta_api_shape_disabled', 4000],
  ]) {
    const rt = new OpenAIRealtimeWS({ model, options: { headers } }, client(apiKey));
    const errors = [];
    rt.on('error', (e) => errors.push(e));
    const [got] = await once(rt.socket, 'close');
    assert.equal(got, closed);
    assert.deepEqual(errors.map((e) => e.error.code), [code]);
  }
});

test('cancellation and a second response', async (t) => {
  const { rt, seen, errors } = await connect(t);
  send(rt, say('Tell me a long story.'), respond);
  await seen.wait('response.output_audio.delta');
  send(rt, { type: 'response.create', event_id: 'second' });
  send(rt, { type: 'response.create', response: { conversation: 'none', output_modalities: ['text'], input: [], metadata: { topic: 'aside' } } });
  const aside = await seen.until('aside', () => seen.of('response.done').find((e) => e.response.metadata?.topic === 'aside'));
  assert.equal(aside.response.conversation_id, null);
  send(rt, { type: 'response.cancel' });
  const done = await seen.wait('response.done', 2);
  assert.deepEqual([done.response.status, done.response.status_details.reason], ['cancelled', 'client_cancelled']);
  assert.deepEqual(errors.map((e) => [e.error.code, e.error.event_id]), [['conversation_already_has_active_response', 'second']]);
});

test('transcription intent', async (t) => {
  const { rt, seen, errors } = await connect(t, { intent: 'transcription' });
  rt.send({
    type: 'session.update',
    session: {
      type: 'transcription',
      include: ['item.input_audio_transcription.logprobs'],
      audio: { input: { transcription: { model: 'gpt-4o-transcribe', language: 'en' }, turn_detection: { type: 'server_vad', silence_duration_ms: 200 } } },
    },
  });
  const updated = await seen.wait('session.updated');
  assert.equal(updated.session.type, 'transcription');
  append(rt, tone(500));
  append(rt, silence(400));
  const completed = await seen.wait('conversation.item.input_audio_transcription.completed');
  const deltas = seen.of('conversation.item.input_audio_transcription.delta');
  assert.equal(deltas.map((e) => e.delta).join(''), completed.transcript);
  assert.equal(completed.transcript, 'What is the capital of Portugal?');
  assert.ok(deltas[0].logprobs[0].logprob <= 0);
  assert.equal(completed.logprobs.map((l) => l.token).join(''), completed.transcript);
  assert.deepEqual(errors, []);
  send(rt, respond);
  await seen.wait('error');
  assert.deepEqual(seen.of('response.created'), []);
});

test('translation socket with finish', async (t) => {
  const secret = await client().realtime.translations.clientSecrets.create({
    session: { model: 'gpt-realtime-translate', audio: { output: { language: 'fr' } } },
  });
  assert.equal(secret.session.audio.output.language, 'fr');
  const rt = await OpenAIRealtimeTranslationWS.create(client(secret.value), { model: 'gpt-realtime-translate' });
  const { seen, errors } = await follow(t, rt);
  const created = await seen.wait('session.created');
  assert.equal(created.session.audio.output.language, 'fr');
  const typed = [];
  for (const type of ['session.created', 'session.updated', 'session.input_transcript.delta', 'session.output_transcript.delta', 'session.output_audio.delta', 'session.closed']) {
    rt.on(type, (e) => typed.push(e));
  }
  rt.send({ type: 'session.update', session: { audio: { input: { transcription: { model: 'gpt-4o-transcribe' } }, output: { language: 'pt' } } } });
  const updated = await seen.wait('session.updated');
  assert.equal(updated.session.audio.output.language, 'pt');
  for (let i = 0; i < 5; i++) {
    rt.send({ type: 'session.input_audio_buffer.append', audio: tone(200).toString('base64') });
  }
  await rt.finish({ timeoutMs: 10_000 });
  const text = (type) => seen.of(type).map((e) => e.delta).join('');
  assert.equal(text('session.input_transcript.delta'), 'What is the capital of Portugal?');
  assert.equal(text('session.output_transcript.delta'), 'Qual é a capital de Portugal?');
  assert.ok(seen.of('session.output_audio.delta').length > 1);
  for (const e of seen.of('session.output_audio.delta')) assert.equal(e.elapsed_ms % 200, 0);
  assert.equal(seen.all.at(-1).type, 'session.closed');
  // Typed listeners receive only events that the package considers complete.
  assert.ok(typed.length >= seen.all.length - 1);
  assert.deepEqual(errors, []);
});

test('client secrets', async (t) => {
  const secret = await client().realtime.clientSecrets.create({
    expires_after: { anchor: 'created_at', seconds: 60 },
    session: { type: 'realtime', model, instructions: 'Be brief.', output_modalities: ['text'] },
  });
  assert.match(secret.value, /^ek_/);
  assert.equal(secret.session.instructions, 'Be brief.');
  const rt = new OpenAIRealtimeWS({ model }, client(secret.value));
  const { seen, errors } = await follow(t, rt);
  const created = await seen.wait('session.created');
  assert.equal(created.session.instructions, 'Be brief.');
  assert.deepEqual(created.session.output_modalities, ['text']);
  assert.deepEqual(errors, []);
  await assert.rejects(client('wrong').realtime.clientSecrets.create({}), (e) => e.status === 401 && e.code === 'invalid_api_key');
  await assert.rejects(
    client().realtime.clientSecrets.create({ expires_after: { anchor: 'created_at', seconds: 1 } }),
    (e) => e.status === 400 && e.param === 'expires_after.seconds',
  );
});

test('calls: create, sideband, hang up', async (t) => {
  const answer = await client().realtime.calls.create({ sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n', session: { type: 'realtime', model } });
  assert.equal(answer.status, 201);
  assert.match(await answer.text(), /^v=0/);
  const callID = answer.headers.get('location').split('/').at(-1);
  const { rt, seen, errors } = await connect(t, { callID });
  send(rt, say('hello'), respond);
  await seen.wait('response.done');
  assert.deepEqual(seen.of('session.created'), []);
  assert.equal(seen.of('output_audio_buffer.started').length, 1);
  const closed = once(rt.socket, 'close');
  await client().realtime.calls.hangup(callID);
  await closed;
  assert.deepEqual(errors, []);
  await assert.rejects(client().realtime.calls.hangup('rtc_unknown'), (e) => e.status === 404);
  await assert.rejects(client().realtime.calls.accept('rtc_unknown', { type: 'realtime' }), (e) => e.status === 404);
});

test('reconnect', async (t) => {
  const { rt, seen, errors } = await connect(t, { model, reconnect: true, reconnectInitialDelay: 10 });
  const recovered = new Promise((resolve) => rt.on('reconnected', resolve));
  let why;
  rt.on('reconnecting', (e) => { why = e; });
  await seen.wait('session.created');
  send(rt, say('Please drop me.'), respond);
  await recovered;
  assert.equal(why.closeCode, 1012);
  const again = await seen.wait('session.created', 2);
  assert.notEqual(again.session.id, seen.all[0].session.id);
  send(rt, textOnly, say('What is the capital of Portugal?'), respond);
  const done = await seen.wait('response.done');
  assert.equal(done.response.status, 'completed');
  assert.deepEqual(errors, []);
});
