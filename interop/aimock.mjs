// Starts @copilotkit/aimock, a Realtime server that others have written, and prints its
// address.
import { LLMock } from '@copilotkit/aimock';

const mock = new LLMock({ port: 0, logLevel: 'silent' });
mock.onMessage(/weather/i, { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Lisbon"}' }] });
mock.onMessage(/hello/i, { content: 'Hi there!' });
mock.onMessage(/fail/i, { error: { message: 'The model is overloaded.', type: 'server_error', code: 'overloaded' }, status: 503 });
mock.on({ endpoint: 'realtime-transcription' }, { transcription: { text: 'Good morning.' } });
await mock.start();
console.log(mock.url);
