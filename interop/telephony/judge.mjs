// Reads questions as JSON from stdin, and answers them with the carriers' own packages:
// whether they accept a request that we have signed, and how they would sign one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { verifySignature } from '@vonage/jwt';
import jsonwebtoken from 'jsonwebtoken';
import plivo from 'plivo';
import Telnyx from 'telnyx';
import twilio from 'twilio';
import webhooks from 'twilio/lib/webhooks/webhooks.js';

const form = (body) => Object.fromEntries(new URLSearchParams(body));

const judges = {
  twilio: (q) => twilio.validateRequest(q.secret, q.header['X-Twilio-Signature'], q.url, form(q.body)),
  plivo: (q) =>
    plivo.validateV3Signature(q.method, q.url, q.header['X-Plivo-Signature-V3-Nonce'], q.secret, q.header['X-Plivo-Signature-V3'], form(q.body)),
  telnyx: async (q) => {
    // The package reads JSON alone; the signature does not depend on that.
    const client = new Telnyx({ apiKey: 'k', publicKey: q.key });
    await client.webhooks.unwrap(q.body, { headers: q.header });
    return true;
  },
  vonage: (q) => {
    const token = q.header.Authorization.slice('Bearer '.length);
    const hash = createHash('sha256').update(q.body).digest('hex');
    return verifySignature(token, q.secret) && (q.body === '' || jsonwebtoken.decode(token).payload_hash === hash);
  },
  'sign twilio': (q) => webhooks.getExpectedTwilioSignature(q.secret, q.url, form(q.body)),
  'sign vonage': (q) =>
    jsonwebtoken.sign(
      {
        jti: 'j', iss: 'Vonage', application_id: 'app-1',
        ...(q.body && { payload_hash: createHash('sha256').update(q.body).digest('hex') }),
      },
      q.secret,
      { algorithm: 'HS256' },
    ),
  'twiml twilio': (q) => {
    const response = new twilio.twiml.VoiceResponse();
    const stream = response.connect().stream({ url: q.url });
    for (const [name, value] of Object.entries(q.header)) stream.parameter({ name, value });
    return response.toString();
  },
  'xml plivo': (q) => {
    const response = plivo.Response();
    response.addStream(q.url, { bidirectional: true, keepCallAlive: true, contentType: 'audio/x-mulaw;rate=8000', extraHeaders: q.body });
    return response.toXML();
  },
};

const answers = [];
for (const q of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push(await judges[q.ask](q));
  } catch (e) {
    answers.push(`refused: ${e.message}`);
  }
}
console.log(JSON.stringify(answers));
