// microphone converts its input to 24 kHz PCM16 in pieces of 20 ms.
const rate = 24000
const piece = 480

class Microphone extends AudioWorkletProcessor {
	constructor() {
		super()
		this.step = sampleRate / rate
		this.sum = 0 // Weighted sum of the input samples of the next output sample,
		this.weight = 0 // and their total weight.
		this.out = new Int16Array(piece)
		this.used = 0
		this.power = 0
	}

	process([[input]]) {
		if (!input) return true
		for (const sample of input) this.add(sample)
		return true
	}

	// add averages input samples into output samples. Averaging also attenuates
	// frequencies that the lower rate cannot represent.
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
