// Sound is the microphone and the loudspeaker. Both run in audio worklets.

import { gone } from "./problems.js"

// meter maps a level from 0 to 1 to the length of a bar: logarithmic, as loudness is heard.
export const meter = (level) => Math.min(1, Math.max(0, 1 + Math.log10(level + 1e-6) / 2.5))

// load loads a file of this page into an audio context.
async function load(context, file) {
	try {
		await context.audioWorklet.addModule(file)
	} catch {
		throw gone()
	}
}

export class Sound {
	// on has the functions heard(bytes), played(generation, bytes), level(side, value) and
	// lost().
	constructor(on) {
		this.on = on
		this.timers = new Set()
	}

	// open opens the loudspeaker. It must be called by the handler of a click or a key.
	async open(device) {
		this.out = new AudioContext({ sampleRate: 24000, latencyHint: "interactive" })
		if (device) await this.route(device)
		await load(this.out, "speaker.js")
		this.speaker = new AudioWorkletNode(this.out, "speaker", { numberOfInputs: 0, outputChannelCount: [1] })
		this.speaker.connect(this.out.destination)
		this.speaker.port.onmessage = ({ data }) => {
			// Samples that left the worklet are audible after the output's latency.
			const timer = setTimeout(() => {
				this.timers.delete(timer)
				this.on.level("out", data.level)
				this.on.played(data.generation, data.played * 2)
			}, 1000 * (this.out.outputLatency || 0))
			this.timers.add(timer)
		}
		await this.out.resume()
	}

	// route plays on another loudspeaker, where the browser can.
	async route(device) {
		await this.out?.setSinkId?.(device)
	}

	// listen opens the microphone, and may be called again for another one.
	async listen(device) {
		const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true }
		if (device) audio.deviceId = { exact: device }
		const stream = await navigator.mediaDevices.getUserMedia({ audio })
		if (this.closed) {
			for (const track of stream.getTracks()) track.stop()
			return
		}
		this.deaf()
		this.stream = stream
		stream.getTracks()[0].onended = () => this.on.lost()
		this.in = new AudioContext()
		await load(this.in, "microphone.js")
		const microphone = new AudioWorkletNode(this.in, "microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" })
		microphone.port.onmessage = ({ data }) => {
			this.on.heard(data.sound)
			this.on.level("in", data.level)
		}
		this.in.createMediaStreamSource(stream).connect(microphone)
		await this.in.resume()
	}

	// deaf closes the microphone.
	deaf() {
		this.stream?.getTracks().forEach((track) => track.stop())
		void this.in?.close()
		this.stream = this.in = null
		this.on.level("in", 0)
	}

	play(bytes) {
		this.speaker.port.postMessage({ sound: bytes }, [bytes.buffer])
	}

	clear(generation) {
		this.speaker.port.postMessage({ clear: generation })
		this.forget()
		this.on.level("out", 0)
	}

	// forget drops reports that wait for the output's latency.
	forget() {
		for (const timer of this.timers) clearTimeout(timer)
		this.timers.clear()
	}

	close() {
		this.closed = true
		this.deaf()
		this.forget()
		void this.out?.close()
		this.on.level("out", 0)
	}
}
