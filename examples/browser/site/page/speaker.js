// speaker plays 24 kHz PCM16, and reports how much it has played since it was cleared. Audio
// arrives in bursts, so it waits for 150 ms of it before it begins, or until nothing more
// has come for that long.
const jitter = 0.15 * sampleRate
const report = 0.04 * sampleRate
const fade = 120 // Samples of a cut, against a click.

class Speaker extends AudioWorkletProcessor {
	constructor() {
		super()
		this.generation = 0
		this.fading = []
		this.reset()
		this.port.onmessage = ({ data }) => (data.sound ? this.take(data.sound) : this.clear(data.clear))
	}

	reset() {
		this.queue = [] // Elements are {samples, at}.
		this.waiting = 0 // Number of samples in queue.
		this.patience = 0 // Samples until playback begins although little has come.
		this.begun = false
		this.played = 0
		this.reported = 0
		this.power = 0
	}

	take(bytes) {
		const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
		this.queue.push({ samples, at: 0 })
		this.waiting += samples.length
		this.patience = jitter
	}

	clear(generation) {
		this.fading = []
		for (let i = 0; this.begun && i < fade && this.waiting > 0; i++) this.fading.push(this.next() * (1 - i / fade))
		this.reset()
		this.generation = generation
	}

	next() {
		const head = this.queue[0]
		const sample = head.samples[head.at++] / 0x8000
		this.waiting--
		if (head.at === head.samples.length) this.queue.shift()
		return sample
	}

	process(_, [[output]]) {
		let at = 0
		while (at < output.length && this.fading.length > 0) output[at++] = this.fading.shift()
		if (!this.begun && this.waiting > 0) {
			this.patience -= output.length
			this.begun = this.waiting >= jitter || this.patience <= 0
		}
		if (!this.begun) return true
		for (; at < output.length && this.waiting > 0; at++) {
			const sample = this.next()
			output[at] = sample
			this.power += sample * sample
			this.played++
		}
		const since = this.played - this.reported
		if (since >= report || this.waiting === 0) {
			this.port.postMessage({ generation: this.generation, played: this.played, level: since ? Math.sqrt(this.power / since) : 0 })
			this.reported = this.played
			this.power = 0
		}
		if (this.waiting === 0) {
			this.begun = false
			this.port.postMessage({ generation: this.generation, played: this.played, level: 0 })
		}
		return true
	}
}

registerProcessor("speaker", Speaker)
