// microphone turns what it hears into pieces of 20 ms of 24 kHz PCM16.
const rate = 24000
const piece = 480

class Microphone extends AudioWorkletProcessor {
	constructor() {
		super()
		this.step = sampleRate / rate
		this.sum = 0 // Of the input that the next sample stands for,
		this.weight = 0 // and how much of it that is.
		this.out = new Int16Array(piece)
		this.used = 0
		this.power = 0
	}

	process([[input]]) {
		if (!input) return true
		for (const sample of input) this.add(sample)
		return true
	}

	// add averages input samples into output samples, which also keeps what is
	// too high for the lower rate mostly away.
	add(sample) {
		let left = 1
		while (this.weight + left >= this.step) {
			const part = this.step - this.weight
			this.put((this.sum + sample * part) / this.step)
			left -= part
			this.sum = 0
			this.weight = 0
		}
		this.sum += sample * left
		this.weight += left
	}

	put(sample) {
		this.power += sample * sample
		this.out[this.used++] = Math.max(-1, Math.min(1, sample)) * 0x7fff
		if (this.used < piece) return
		const sound = new Uint8Array(this.out.buffer)
		this.port.postMessage({ sound, level: Math.sqrt(this.power / piece) }, [sound.buffer])
		this.out = new Int16Array(piece)
		this.used = 0
		this.power = 0
	}
}

registerProcessor("microphone", Microphone)
