// Decodes and encodes frames as the vendor's client does. For each line of input it
// works n times and answers with the processor time.
import { createInterface } from 'node:readline';

const tasks = {
  // The package converts the message to a string and parses it.
  decode: (frame) => JSON.parse(frame.toString()),
  audio: (frame) => Buffer.from(JSON.parse(frame.toString()).delta, 'base64'),
  encode: (audio) => JSON.stringify({ type: 'input_audio_buffer.append', event_id: 'event_1', audio: audio.toString('base64') }),
};

let sink;
createInterface({ input: process.stdin }).on('line', (line) => {
  const { do: task, data, n } = JSON.parse(line);
  const run = tasks[task];
  const input = Buffer.from(data, 'base64');
  const start = process.cpuUsage();
  for (let i = 0; i < n; i++) sink = run(input);
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ micros: user + system, sink: typeof sink }));
});
