// Audio input, audio output and display of the page. The conversation runs in Go,
// behind globalThis.talk.
const $ = (id) => document.getElementById(id)
const names = {
	ready: "Ready", connecting: "Connecting", listening: "Listening", thinking: "Thinking", speaking: "Speaking",
	error: "Error", over: "Ended",
}
let conversation = null
let sound = null

class Sound {
	// open opens the audio output. It must be called by the handler of a click.
	async open() {
		this.out = new AudioContext({ sampleRate: 24000, latencyHint: "interactive" })
		await this.out.audioWorklet.addModule("speaker.js")
		this.speaker = new AudioWorkletNode(this.out, "speaker", { numberOfInputs: 0, outputChannelCount: [1] })
		this.speaker.connect(this.out.destination)
		this.asked = new Map()
		this.speaker.port.onmessage = ({ data }) => {
			if (data.played !== undefined) {
				conversation?.played()
				return
			}
			// Samples that left the buffer are audible after the output latency.
			const late = this.out.outputLatency || 0
			this.asked.get(data.silent)?.({ item: data.item, seconds: Math.max(0, data.seconds - late) })
			this.asked.delete(data.silent)
		}
		await this.out.resume()
	}

	async listen() {
		this.stream = await navigator.mediaDevices.getUserMedia({
			audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
		})
		this.in = new AudioContext()
		await this.in.audioWorklet.addModule("microphone.js")
		const microphone = new AudioWorkletNode(this.in, "microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" })
		microphone.port.onmessage = ({ data }) => {
			conversation?.hear(data.sound)
			// The meter is logarithmic, like perceived loudness.
			$("level").value = Math.max(0, 1 + Math.log10(data.level + 1e-6) / 2.5)
		}
		this.in.createMediaStreamSource(this.stream).connect(microphone)
		await this.in.resume()
	}

	play(item, bytes) {
		this.speaker.port.postMessage({ item, sound: bytes }, [bytes.buffer])
	}

	silence() {
		const id = crypto.randomUUID()
		return new Promise((resolve) => {
			this.asked.set(id, resolve)
			this.speaker.port.postMessage({ silence: id })
		})
	}

	close() {
		this.stream?.getTracks().forEach((track) => track.stop())
		void this.in?.close()
		void this.out?.close()
		$("level").value = 0
	}
}

function show(state, detail) {
	$("state").dataset.state = state
	$("name").textContent = names[state]
	$("detail").textContent = detail
	$("detail").hidden = !detail
	$("detail").classList.toggle("bad", state === "error")
	$("interrupt").disabled = state !== "speaking" && state !== "thinking"
}

// line returns the list element with the given key, and creates it if necessary.
function line(key, kind, who) {
	let li = document.querySelector(`li[data-key="${CSS.escape(key)}"]`)
	if (!li) {
		li = document.createElement("li")
		li.dataset.key = key
		li.className = kind
		const name = document.createElement("span")
		name.className = "who"
		name.textContent = who
		li.append(name, document.createElement("span"))
		$("captions").append(li)
	}
	li.scrollIntoView({ block: "nearest" })
	return li
}

// page has the methods that the Go program calls.
const page = {
	async grant() {
		const answer = await fetch("grant", { method: "POST" })
		if (!answer.ok) throw new Error(`The server returned no secret: ${(await answer.text()).trim()}`)
		const grant = await answer.json()
		$("note").textContent = grant.note
		return grant
	},
	show,
	caption(item, who, text, final) {
		const li = line(item, who, who === "user" ? "You" : "Model")
		li.children[1].textContent = text
		li.dataset.final = final
	},
	cut(item, seconds) {
		const li = line(item, "model", "Model")
		const mark = document.createElement("span")
		mark.className = "cut"
		mark.textContent = ` — interrupted after ${seconds.toFixed(1)} s`
		li.append(mark)
	},
	tool(call, name, args, result) {
		const li = line(call, "tool", "Function call")
		li.children[1].textContent = `${name}(${args})` + (result ? ` → ${result}` : " …")
		li.dataset.final = result !== ""
	},
	play: (item, bytes) => sound?.play(item, bytes),
	silence: async () => (await sound?.silence()) ?? { item: "", seconds: 0 },
	async ready() {
		try {
			await sound.listen()
		} catch (err) {
			failure = `The microphone cannot be used: ${err.message}`
			conversation?.stop()
		}
	},
	ended() {
		conversation = null
		sound?.close()
		sound = null
		if (failure) show("error", failure)
		buttons(false)
		$("start").focus()
	},
}
let failure = ""

function buttons(talking) {
	$("start").disabled = talking
	$("stop").disabled = !talking
	if (!talking) $("interrupt").disabled = true
}

async function start() {
	buttons(true)
	failure = ""
	$("captions").replaceChildren()
	$("stop").focus()
	try {
		sound = new Sound()
		await sound.open()
	} catch (err) {
		failure = `Sound cannot be played: ${err.message}`
		page.ended()
		return
	}
	conversation = talk.start(page)
}

$("start").addEventListener("click", start)
$("stop").addEventListener("click", () => conversation?.stop())
$("interrupt").addEventListener("click", () => conversation?.interrupt())
document.addEventListener("keydown", (e) => {
	if (e.key === "Escape" && !$("interrupt").disabled) conversation?.interrupt()
})

addEventListener("talk-ready", () => {
	show("ready", "")
	buttons(false)
})
try {
	const go = new Go()
	const { instance } = await WebAssembly.instantiateStreaming(fetch("app/app.wasm"), go.importObject)
	void go.run(instance)
} catch (err) {
	show("error", `The page's program cannot be loaded: ${err.message}`)
}
