// Events: a row each, made after the first paint, those of sound once they are shown; the
// JSON of one when it is opened.

const list = $("#events")
const rows = [] // by the number of the event, once it is made
let shown = [] // numbers of the rows that pass the filter
let current = null
let kind = "all"
let whole = false // whether all rows are made
const searchable = []

function element(name, className, text) {
  const e = document.createElement(name)
  if (className) e.className = className
  if (text !== undefined) e.textContent = text
  return e
}

// blank is a row without an event: to copy one is faster than to make one.
const blank = element("details", "ev")
blank.append(element("summary"))
blank.firstChild.append(element("time"), element("span", "way"), element("span", "name"), element("span", "size"))
blank.firstChild.children[1].setAttribute("role", "img")

const arrows = { in: ["↓", "received"], out: ["↑", "sent"] }

function eventRow({ at, way, name, size, tags }, n) {
  const row = blank.cloneNode(true)
  const [time, arrow, title, length] = row.firstChild.children
  const [sign, label] = arrows[way] ?? ["·", "noted"]
  if (way) row.classList.add(way)
  for (const tag of tags) row.classList.add(`on-${tag}`)
  row.hidden = tags.includes("sound")
  row.dataset.n = n
  time.textContent = clockText(at)
  arrow.textContent = sign
  arrow.setAttribute("aria-label", label)
  title.textContent = name
  length.textContent = size
  rows[n] = row
  return row
}

// complete makes the rows that are missing, those of sound.
function complete() {
  if (whole) return
  whole = true
  const all = document.createDocumentFragment()
  call.events.forEach((event, n) => all.append(rows[n] ?? eventRow(event, n)))
  list.append(all)
}

// open adds the JSON to a row, and buttons for the events that belong to it.
function open(row, n) {
  if (row.children.length > 1) return
  const body = element("div")
  for (const [title, to] of call.events[n].links ?? []) {
    const button = element("button", "", title)
    button.onclick = () => openEvent(to)
    body.append(button)
  }
  const json = element("pre", "", JSON.stringify(call.events[n].line, null, 2))
  json.tabIndex = 0
  body.append(json)
  row.append(body)
}

// choose moves the playhead to an event without moving the list.
function choose(n) {
  mark(rows[n])
  seek(call.events[n].at, "events")
}

function mark(row) {
  current?.classList.remove("now")
  current = row
  current?.classList.add("now")
}

// point marks an event and brings it into view, in the list alone.
function point(n) {
  if (!call.events[n]) return
  if (!rows[n]) complete()
  if (rows[n].hidden) filterBy(call.events[n].tags.includes("sound") ? "sound" : "all", "")
  mark(rows[n])
  list.scrollTop = rows[n].offsetTop - list.clientHeight * 0.3
}

function openEvent(n) {
  if (!call.events[n]) return
  if (!rows[n]) complete()
  seek(call.events[n].at, "events")
  rows[n].open = true
  rows[n].firstChild.focus({ preventScroll: true })
  point(n)
}

// follow marks the last event before the playhead and brings it into view.
function follow(by) {
  if (by === "events") return
  let low = 0, high = shown.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (call.events[shown[middle]].at <= state.now + 1e3) low = middle + 1
    else high = middle
  }
  const row = low > 0 ? rows[shown[low - 1]] : null
  if (row === current) return
  mark(row)
  if (row) list.scrollTop = row.offsetTop - list.clientHeight * 0.3
}

function filterBy(newKind, text) {
  kind = newKind
  if (text !== undefined) $("#find").value = text
  for (const chip of $$(".chip")) chip.setAttribute("aria-pressed", chip.dataset.kind === kind)
  filter()
}

function filter() {
  const words = $("#find").value.toLowerCase()
  shown = []
  call.events.forEach(({ tags, name, line }, n) => {
    let fits = kind === "all" ? !tags.includes("sound") : tags.includes(kind)
    if (fits && words) {
      searchable[n] ??= (name + JSON.stringify(line)).toLowerCase()
      fits = searchable[n].includes(words)
    }
    if (fits && !rows[n]) complete()
    if (rows[n]) rows[n].hidden = !fits
    if (fits) shown.push(n)
  })
  $("#count").textContent = `${shown.length} of ${call.events.length}`
  $(".empty", list).hidden = shown.length > 0
}

function setUpEvents() {
  const some = document.createDocumentFragment()
  call.events.forEach((event, n) => event.tags.includes("sound") || some.append(eventRow(event, n)))
  list.append(some)
  filter()
  $("#find").oninput = filter
  for (const chip of $$(".chip")) chip.onclick = () => filterBy(chip.dataset.kind)
  list.addEventListener("click", ({ target }) => {
    const head = target.closest("summary")
    if (head) choose(+head.parentNode.dataset.n)
  })
  list.addEventListener("toggle", ({ target }) => target.open && open(target, +target.dataset.n), true)
  moved.push(follow)
}
