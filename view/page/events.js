// Events: a row each, made after the first paint; the JSON of one when it is opened.

const list = $("#events")
let rows = [] // by the number of the event
let shown = [] // numbers of the rows that pass the filter
let current = null
let kind = "all"
const searchable = []

function element(name, className, text) {
  const e = document.createElement(name)
  if (className) e.className = className
  if (text !== undefined) e.textContent = text
  return e
}

function eventRow({ at, way, name, size, tags }, n) {
  const row = element("details", ["ev", way, ...tags.map((tag) => `on-${tag}`)].join(" ").trim())
  const head = element("summary")
  const arrow = element("span", "way", { in: "↓", out: "↑" }[way] ?? "·")
  arrow.setAttribute("aria-label", { in: "received", out: "sent" }[way] ?? "noted")
  arrow.setAttribute("role", "img")
  head.append(element("time", "", clockText(at)), arrow, element("span", "name", name), element("span", "size", size))
  head.onclick = () => choose(n)
  row.ontoggle = () => row.open && open(row, n)
  row.append(head)
  return row
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
  if (!rows[n]) return
  if (rows[n].hidden) filterBy(call.events[n].tags.includes("sound") ? "sound" : "all", "")
  mark(rows[n])
  list.scrollTop = rows[n].offsetTop - list.clientHeight * 0.3
}

function openEvent(n) {
  if (!rows[n]) return
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
    rows[n].hidden = !fits
    if (fits) shown.push(n)
  })
  $("#count").textContent = `${shown.length} of ${rows.length}`
  $(".empty", list).hidden = shown.length > 0
}

async function setUpEvents() {
  const batch = 400
  for (let n = 0; n < call.events.length; n += batch) {
    const some = document.createDocumentFragment()
    for (const event of call.events.slice(n, n + batch)) {
      const row = eventRow(event, rows.length)
      row.hidden = event.tags.includes("sound")
      rows.push(row)
      some.append(row)
    }
    list.append(some)
    await painted()
  }
  filter()
  $("#find").oninput = filter
  for (const chip of $$(".chip")) chip.onclick = () => filterBy(chip.dataset.kind)
  moved.push(follow)
}
