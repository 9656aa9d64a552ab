// The waveforms: each canvas is as wide as the window, and draws what is in view.

function density() {
  const perSecond = track.clientWidth / (call.length / 1e6)
  track.dataset.d = perSecond < 4 ? 0 : perSecond < 12 ? 1 : perSecond < 60 ? 2 : 3
}

function drawLevels(canvas, levels) {
  const scale = devicePixelRatio || 1
  const width = scroll.clientWidth
  const height = canvas.parentNode.clientHeight
  const full = track.clientWidth
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    canvas.style.width = `${width}px`
  }
  const pen = canvas.getContext("2d")
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  pen.clearRect(0, 0, width, height)
  pen.fillStyle = getComputedStyle(canvas).color
  const middle = height / 2
  const step = scale > 1.5 ? 0.5 : 1
  const perPixel = levels.length / full
  for (let x = 0; x < width; x += step) {
    const from = Math.floor((scroll.scrollLeft + x) * perPixel)
    const to = Math.max(from + 1, Math.floor((scroll.scrollLeft + x + step) * perPixel))
    let top = 0
    for (let i = from; i < to; i++) if (levels[i] > top) top = levels[i]
    if (!top) continue
    const reach = Math.max(0.6, (top / 255) * (middle - 3))
    pen.fillRect(x, middle - reach, step, 2 * reach)
  }
  pen.globalAlpha = 0.35
  pen.fillRect(0, middle - 0.5, width, 1)
  pen.globalAlpha = 1
}

function draw() {
  density()
  for (const canvas of $$("canvas", track)) drawLevels(canvas, call.levels[canvas.dataset.levels] ?? [])
}

// zoomBy changes the zoom and leaves a time where it is in the window.
function zoomBy(factor, us = state.now) {
  const before = pixels(us) - scroll.scrollLeft
  const most = Math.max(1, call.length / 2e6) // two seconds fill the window
  state.zoom = Math.min(most, Math.max(1, state.zoom * factor))
  track.style.setProperty("--z", state.zoom)
  const visible = before >= 0 && before <= scroll.clientWidth
  scroll.scrollLeft = pixels(us) - (visible ? before : scroll.clientWidth / 2)
  draw()
}

const timeAt = (event) => {
  const box = track.getBoundingClientRect()
  return ((event.clientX - box.left) / box.width) * call.length
}

function setUpTimeline() {
  const hover = $("#hover")
  scroll.addEventListener("pointermove", (event) => {
    hover.hidden = event.pointerType === "touch"
    hover.style.left = percent(timeAt(event))
    hover.firstChild.textContent = clockText(timeAt(event))
  })
  scroll.addEventListener("pointerleave", () => (hover.hidden = true))
  scroll.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-at]")
    if (mark) return mark.dataset.to ? show(+mark.dataset.at, +mark.dataset.to) : seek(+mark.dataset.at)
    seek(timeAt(event))
    if (event.target.closest(".plays")) play()
  })
  scroll.addEventListener("scroll", draw)
  scroll.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      zoomBy(event.deltaY < 0 ? 1.25 : 0.8, timeAt(event))
    },
    { passive: false },
  )
  new ResizeObserver(draw).observe(scroll)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw)
  $("#in").onclick = () => zoomBy(1.6)
  $("#out").onclick = () => zoomBy(1 / 1.6)
  $("#fit").onclick = () => zoomBy(0)
}

// show shades a span, moves there, and zooms in if the span is a hair's breadth.
function show(from, to) {
  const about = Math.max(to - from, 5e6)
  const window = call.length / state.zoom
  if (window > 12 * about) zoomBy(window / (6 * about), from)
  shade(from, to)
  seek(from)
  if (pixels(to) > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = pixels(from) - scroll.clientWidth * 0.1
}
