// Helpers of the tests: the server's address, audio, and waiting for events.
import { once } from 'node:events';

export const key = 'interop-key';
export const baseURL = process.env.INTEROP_URL;
export const model = 'gpt-realtime';
export const socketURL = `${baseURL.replace('https', 'wss')}/realtime?model=${model}`;

/** Returns a tone as 24 kHz mono PCM16. The server detects it as speech. */
export function tone(ms) {
  const samples = new Int16Array(24 * ms);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = 8000 * Math.sin((2 * Math.PI * 330 * i) / 24000);
  }
  return Buffer.from(samples.buffer);
}

export const silence = (ms) => Buffer.alloc(48 * ms);

/** Records the events of an emitter and waits for them. */
export class Seen {
  all = [];
  #waiting = new Set();

  add(event) {
    this.all.push(event);
    for (const look of this.#waiting) look();
  }

  types() {
    return this.all.map((e) => e.type).filter((t, i, all) => t !== all[i - 1]);
  }

  of(type) {
    return this.all.filter((e) => e.type === type);
  }

  /** Waits for the nth event of the type, counting past events. */
  async wait(type, nth = 1) {
    return this.until(`${nth} ${type}`, () => this.of(type)[nth - 1]);
  }

  async until(what, find) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (!found) return;
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`no ${what} after ${this.types().join(', ')}`));
      }, 15_000);
      this.#waiting.add(look);
      look();
    });
  }
}

export async function opened(socket) {
  if (socket.readyState !== 1) await once(socket, 'open');
}
