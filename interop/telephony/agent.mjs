// An agent of the vendor's on a telephone number: its Twilio transport, and the carrier's own
// package for webhook and answer. Prints its port.
import { createServer } from 'node:http';
import { RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import twilio from 'twilio';
import { WebSocketServer } from 'ws';

const { AUTH_TOKEN, PUBLIC_URL, REALTIME_URL } = process.env;
const stream = PUBLIC_URL.replace('https', 'wss');

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    const params = Object.fromEntries(new URLSearchParams(body));
    if (!twilio.validateRequest(AUTH_TOKEN, request.headers['x-twilio-signature'], PUBLIC_URL, params)) {
      response.writeHead(403).end();
      return;
    }
    const answer = new twilio.twiml.VoiceResponse();
    answer.connect().stream({ url: stream }).parameter({ name: 'agent', value: 'front' });
    response.writeHead(200, { 'content-type': 'text/xml' }).end(answer.toString());
  });
});
const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (!twilio.validateRequest(AUTH_TOKEN, request.headers['x-twilio-signature'], stream, {})) {
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, async (ws) => {
    const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket: ws });
    const g711 = { format: 'g711_ulaw' };
    const session = new RealtimeSession(new RealtimeAgent({ name: 'desk' }), { transport, config: { audio: { input: g711, output: g711 } } });
    session.on('error', (e) => console.error('error', JSON.stringify(e)));
    await session.connect({ apiKey: 'interop-key', url: REALTIME_URL });
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
