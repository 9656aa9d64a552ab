"use strict"

// What all parts share: the data of the page and the state of the reader. The page works
// without this script, except for waveforms, sound and events.

const $ = (selector, within = document) => within.querySelector(selector)
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)]
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
const unpacked = (id) =>
  new Response(new Blob([bytesOf($(id).textContent)]).stream().pipeThrough(new DecompressionStream("gzip")))
// painted resolves when the browser has drawn what was changed so far.
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
// Times are in microseconds.
const clockText = (us) => {
  const hundredths = Math.round(us / 1e4)
  const pad = (n) => String(n).padStart(2, "0")
  return `${Math.floor(hundredths / 6000)}:${pad(Math.floor(hundredths / 100) % 60)}.${pad(hundredths % 100)}`
}

const scroll = $("#scroll")
const track = $("#track")
const call = { length: 1, events: [], levels: {}, sound: null } // filled from the data
const state = { now: 0, zoom: 1, playing: false }
const percent = (us) => `${(us / call.length) * 100}%`
const pixels = (us) => (us / call.length) * track.clientWidth

// seek moves the playhead. Listeners in moved follow it.
const moved = []
function seek(us, by = "reader") {
  state.now = Math.min(call.length, Math.max(0, us))
  $("#head").style.left = percent(state.now)
  const text = clockText(state.now)
  $("#clock").textContent = text
  scroll.setAttribute("aria-valuenow", Math.round(state.now / 1000))
  scroll.setAttribute("aria-valuetext", `${text} of ${clockText(call.length)}`)
  reveal(state.now)
  for (const follow of moved) follow(by)
}

function reveal(us) {
  const x = pixels(us)
  if (x < scroll.scrollLeft || x > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = x - scroll.clientWidth * 0.3
}

// shade marks a span of the timeline, or none.
function shade(from, to) {
  const span = $("#span")
  span.hidden = from === undefined
  span.style.left = percent(from ?? 0)
  span.style.width = percent((to ?? 0) - (from ?? 0))
}
