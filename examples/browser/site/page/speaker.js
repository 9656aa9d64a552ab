// speaker plays 24 kHz PCM16. Audio arrives in bursts, so it buffers before it starts,
// and again after the buffer has run empty.
const jitter = 0.15 * sampleRate

class Speaker extends AudioWorkletProcessor {
	constructor() {
		super()
		this.clear()
		this.port.onmessage = ({ data }) => this.take(data)
	}

	clear() {
		this.queue = [] // Elements are {item, samples, at}.
		this.waiting = 0 // Number of samples in queue.
		this.filling = true
		this.complete = true
		this.item = ""
		this.played = 0 // Number of played samples of item.
	}

	take(message) {
		if (message.silence !== undefined) {
			const playing = this.waiting > 0 || !this.complete
			this.port.postMessage({
				silent: message.silence,
				item: playing && this.played > 0 ? this.item : "",
				seconds: playing ? this.played / sampleRate : 0,
			})
			this.clear()
			return
		}
		if (message.sound.byteLength === 0) {
			this.complete = true
			if (this.waiting === 0) this.done()
			return
		}
		const samples = new Int16Array(message.sound.buffer)
		this.complete = false
		this.waiting += samples.length
		this.queue.push({ item: message.item, samples, at: 0 })
	}

	done() {
		this.filling = true
		this.port.postMessage({ played: this.item })
	}

	process(_, [[output]]) {
		if (this.filling && this.waiting > 0 && (this.complete || this.waiting >= jitter)) this.filling = false
		if (this.filling) return true
		for (let i = 0; i < output.length; i++) {
			const head = this.queue[0]
			if (!head) {
				this.filling = true
				break
			}
			if (head.item !== this.item) {
				this.item = head.item
				this.played = 0
			}
			output[i] = head.samples[head.at++] / 0x8000
			this.played++
			this.waiting--
			if (head.at === head.samples.length) this.queue.shift()
		}
		if (this.waiting === 0 && this.complete) this.done()
		return true
	}
}

registerProcessor("speaker", Speaker)
