// Findings, turns, keys, and the address of a moment.

const finds = $$(".find")
const turns = $$("tbody tr")
let find = -1
let turn = -1

function chooseFind(n) {
  const { at, to, event } = finds[n].dataset
  find = n
  show(+at, +to)
  if (event) point(+event)
}

function goToFind(n) {
  if (!finds.length) return
  n = (n + finds.length) % finds.length
  const fold = finds[n].closest("details")
  if (fold) fold.open = true
  finds[n].focus()
  chooseFind(n)
}

function chooseTurn(n) {
  const same = n === turn
  turns[turn]?.classList.remove("chosen")
  turn = same ? -1 : n
  if (same) return shade()
  turns[n].classList.add("chosen")
  show(+turns[n].dataset.at, +turns[n].dataset.to)
}

function goToTurn(n) {
  if (!turns[n]) return
  if (n !== turn) chooseTurn(n)
  $("button", turns[n]).focus()
}

function theme() {
  const root = document.documentElement
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
  root.dataset.theme = dark ? "light" : "dark"
  draw()
}

const step = (seconds) => (event) => seek(state.now + seconds * (event.shiftKey ? 5e6 : 1e6))
const keys = {
  " ": toggle,
  ArrowLeft: step(-1),
  ArrowRight: step(1),
  Home: () => seek(0),
  End: () => seek(call.length),
  n: () => goToFind(find + 1),
  p: () => goToFind(find < 0 ? -1 : find - 1),
  j: () => goToTurn(turn + 1),
  k: () => goToTurn(turn - 1),
  "+": () => zoomBy(1.6),
  "=": () => zoomBy(1.6),
  "-": () => zoomBy(1 / 1.6),
  0: () => zoomBy(0),
  "/": () => $("#find").focus(),
  t: theme,
}

function onKey(event) {
  if (event.target === $("#find")) {
    if (event.key !== "Escape") return
    filterBy(kind, "")
    return event.target.blur()
  }
  const act = keys[event.key]
  const pressed = event.key === " " && event.target.closest("button, summary")
  if (!act || pressed || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  act(event)
}

// goToAddress opens the page at a time, a zoom or an event: #t=21.4&z=5, #e=124.
function goToAddress() {
  const at = new URLSearchParams(location.hash.slice(1))
  if (+at.get("z") > 0) zoomBy(+at.get("z") / state.zoom, +at.get("t") * 1e6)
  if (+at.get("t") > 0) seek(+at.get("t") * 1e6)
  if (at.has("e")) openEvent(+at.get("e"))
}

async function main() {
  const data = await unpacked("#data").json()
  Object.assign(call, data)
  for (const name in data.levels) call.levels[name] = bytesOf(data.levels[name])
  setUpTimeline()
  setUpSound()
  if (innerWidth <= 640) zoomBy(Math.max(4, call.length / 20e6), 0)
  else draw()
  finds.forEach((button, n) => (button.onclick = () => chooseFind(n)))
  turns.forEach((row, n) => (row.onclick = () => chooseTurn(n)))
  addEventListener("keydown", onKey)
  $("#theme").onclick = theme
  await painted()
  setUpEvents()
  goToAddress()
  addEventListener("hashchange", goToAddress)
  performance.mark("ready")
  document.body.dataset.ready = "1"
}

main()
