// Playing: the sound is decoded here, since browsers do not decode it alike.

let audio = null // the context, made by the first click
let sources = []
let started = { now: 0, clock: 0 }
const muted = {}

// decode returns samples in [-1, 1] of codes of 2, 3 or 4 bits.
function decode(codes, count, { bits, steps, moves }) {
  const samples = new Float32Array(count)
  const sign = 1 << (bits - 1)
  let value = 0, index = 0, word = 0, filled = 0, next = 0
  for (let n = 0; n < count; n++) {
    while (filled < bits) {
      word = ((word << 8) | codes[next++]) & 0xffff
      filled += 8
    }
    filled -= bits
    const code = (word >> filled) & (2 * sign - 1)
    const step = steps[index]
    let change = step >> (bits - 1)
    for (let b = bits - 2; b >= 0; b--) if (code & (1 << b)) change += step >> (bits - 2 - b)
    value = Math.max(-32768, Math.min(32767, code & sign ? value - change : value + change))
    index = Math.max(0, Math.min(steps.length - 1, index + moves[code & (sign - 1)]))
    samples[n] = value / 32768
  }
  return samples
}

// parsed resolves when all of the page is there: the sound is behind the script.
const parsed = () =>
  new Promise((done) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", done) : done()))

// load unpacks the sound, once.
let loading = null
function load() {
  loading ??= parsed().then(() => unpacked("#sound").arrayBuffer()).then((all) => {
    let from = 0
    return call.sound.parts.map(([lane, at, count, bytes]) => {
      const codes = new Uint8Array(all, from, bytes)
      from += bytes
      return { lane, at, count, codes, length: (count / call.sound.rate) * 1e6, buffer: null }
    })
  })
  return loading
}

async function play() {
  if (!call.sound) return
  audio ??= new AudioContext()
  const resumed = audio.resume() // while the click still counts
  const parts = await load()
  await resumed
  silence()
  state.playing = true
  if (state.now >= call.length) seek(0, "player")
  started = { now: state.now, clock: audio.currentTime + 0.05 }
  for (const part of parts) {
    if (muted[part.lane] || part.at + part.length <= state.now) continue
    schedule(part)
  }
  playButton("Pause", "M1 0h4v12H1zM7 0h4v12H7z")
  requestAnimationFrame(tick)
}

function schedule(part) {
  const source = audio.createBufferSource()
  const skip = Math.max(0, state.now - part.at)
  const begin = started.clock + Math.max(0, part.at - state.now) / 1e6
  if (!part.buffer) {
    part.buffer = audio.createBuffer(1, part.count, call.sound.rate)
    part.buffer.copyToChannel(decode(part.codes, part.count, call.sound), 0)
  }
  source.buffer = part.buffer
  source.connect(audio.destination)
  source.start(begin, skip / 1e6)
  sources.push(source)
}

function silence() {
  for (const source of sources) source.stop()
  sources = []
}

function pause() {
  silence()
  state.playing = false
  playButton("Play", "M1 0l11 6-11 6z")
}

function playButton(label, shape) {
  $("#play").setAttribute("aria-label", label)
  $("#play path").setAttribute("d", shape)
}

function tick() {
  if (!state.playing) return
  const now = started.now + Math.max(0, audio.currentTime - started.clock) * 1e6
  seek(now, "player")
  if (now >= call.length) return pause()
  requestAnimationFrame(tick)
}

const toggle = () => (state.playing ? pause() : play())

function setUpSound() {
  $("#play").onclick = toggle
  for (const button of $$("[data-mute]")) {
    button.disabled = !call.sound || call.sound.mixed
    button.onclick = () => {
      const lane = button.dataset.mute
      muted[lane] = !muted[lane]
      button.setAttribute("aria-pressed", muted[lane])
      if (state.playing) play()
    }
  }
  moved.push((by) => by !== "player" && state.playing && play())
}
