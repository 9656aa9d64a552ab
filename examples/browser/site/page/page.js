// The page: one button starts and stops the conversation, which runs in Go behind
// globalThis.talk.
import * as captions from "./captions.js"
import { choose, devices, refresh } from "./devices.js"
import { gone, ofLoudspeaker, ofMicrophone, ofSecret, Problem } from "./problems.js"
import { meter, Sound } from "./sound.js"

const $ = (id) => document.getElementById(id)
const names = {
	loading: "Loading", ready: "Ready", asking: "Allow the microphone", connecting: "Connecting", listening: "Listening",
	thinking: "Thinking", speaking: "Speaking", error: "Stopped", over: "Ended",
}
const running = new Set(["asking", "connecting", "listening", "thinking", "speaking"])

const invitation = [...$("hint").childNodes]
let config = null
let conversation = null // What talk.start returned, from connecting to the end.
let sound = null
let failure = null // The problem that has stopped the conversation.
let begun = false // Whether the conversation was once connected.
let starts = 0 // Starts that a later one or a stop has overtaken go no further.

function show(state, detail = "", advice = "") {
	$("state").dataset.state = state
	$("name").textContent = state === "listening" && !sound?.stream ? "Your turn: write" : names[state]
	$("detail").textContent = detail
	$("advice").textContent = advice
	$("problem").hidden = !detail
	$("problem").classList.toggle("bad", state === "error")
	const on = running.has(state)
	begun = on && (begun || (state !== "asking" && state !== "connecting"))
	$("toggle").toggleAttribute("data-on", on)
	$("toggle").lastElementChild.textContent = !on ? "Start talking" : begun ? "Stop talking" : "Cancel"
	$("interrupt").hidden = state !== "speaking" && state !== "thinking"
	$("hints").hidden = state === "asking" || !captions.isEmpty()
	$("hint").replaceChildren(...(on ? ["Say something, or choose:"] : invitation))
}

const inState = (...states) => states.includes($("state").dataset.state)

function level(side, value) {
	$(side).firstElementChild.style.transform = `scaleX(${meter(value).toFixed(3)})`
}

// page has what the Go program uses.
const page = {
	get config() { return config },
	async secret() {
		let answer
		try {
			answer = await fetch("secret", { method: "POST" })
		} catch {
			throw gone()
		}
		const body = await answer.json().catch(() => null)
		if (!answer.ok || !body?.value) throw ofSecret(body?.error)
		return body.value
	},
	show,
	say(caption) {
		captions.say(caption)
		$("hints").hidden = true
		if (caption.wait) $("wait").replaceChildren(caption.wait.toFixed(1), Object.assign(document.createElement("small"), { textContent: "s" }))
	},
	tool: captions.tool,
	play: (bytes) => sound?.play(bytes),
	clear: (generation) => sound?.clear(generation),
	ended() {
		conversation = null
		close()
		if (failure) show("error", failure.message, failure.advice)
	},
}

function close() {
	sound?.close()
	sound = null
}

function fail(problem) {
	failure = problem
	if (conversation) conversation.stop() // The page is told when it has ended.
	else page.ended()
}

// allowed reports whether the browser will not ask the user for the microphone.
async function allowed() {
	try {
		return (await navigator.permissions.query({ name: "microphone" })).state === "granted"
	} catch {
		return false
	}
}

// start starts a conversation, with a microphone or in writing.
async function start(spoken) {
	const turn = ++starts
	failure = null
	captions.clear()
	$("wait").textContent = "–"
	sound = new Sound({
		heard: (bytes) => conversation?.hear(bytes),
		played: (generation, bytes) => conversation?.played(generation, bytes),
		level,
		lost: () => fail(new Problem("The microphone was disconnected.", "Connect it again or choose another one below. Then start again.")),
	})
	const mine = sound
	try {
		show("connecting")
		await mine.open($("loudspeaker").value)
		if (spoken && turn === starts) {
			if (!(await allowed())) show("asking", "Your browser asks for the microphone.", "Allow it there to begin.")
			await mine.listen($("microphone").value)
			await refresh()
		}
	} catch (err) {
		if (turn === starts) fail(mine.speaker ? ofMicrophone(err) : ofLoudspeaker(err))
		return
	}
	if (turn === starts) conversation = talk.start(page)
}

function stop() {
	if (conversation) {
		conversation.stop()
		return
	}
	starts++ // It was still asking for the microphone.
	close()
	show("over")
}

async function write(text) {
	if (!running.has($("state").dataset.state)) await start(false)
	conversation?.write(text)
}

$("toggle").addEventListener("click", () => (running.has($("state").dataset.state) ? stop() : start(true)))
$("interrupt").addEventListener("click", () => conversation?.interrupt())
document.addEventListener("keydown", (e) => {
	if (e.key === "Escape" && inState("speaking", "thinking")) conversation?.interrupt()
})
$("form").addEventListener("submit", (e) => {
	e.preventDefault()
	const text = $("text").value.trim()
	if (!text || inState("asking")) return
	$("text").value = ""
	void write(text)
})
choose("microphone", async (device) => {
	if (!sound?.stream) return
	try {
		await sound.listen(device)
	} catch (err) {
		fail(ofMicrophone(err))
	}
})
choose("loudspeaker", (device) => sound?.route(device))
$("loudspeaker").closest("label").hidden = !("setSinkId" in AudioContext.prototype)

async function describe() {
	config = await (await fetch("config")).json()
	$("speaker").textContent = config.speaker
	$("about").textContent = config.about
	for (const hint of config.hints) {
		const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: hint })
		button.addEventListener("click", () => write(hint))
		$("hints").append(button)
	}
}

addEventListener("talk-ready", () => {
	show("ready")
	for (const e of [$("toggle"), $("text"), $("form").lastElementChild]) e.disabled = false
})
try {
	await Promise.all([describe(), devices()])
	const go = new Go()
	const { instance } = await WebAssembly.instantiateStreaming(fetch("app/app.wasm"), go.importObject)
	void go.run(instance)
} catch (err) {
	show("error", `The page cannot be loaded: ${err.message}`, "Check that its server still runs. Then load the page again.")
}
