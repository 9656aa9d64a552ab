// The transcript: one line for each thing that was said, and for each function call.
const list = document.getElementById("captions")
const announce = document.getElementById("announce")
const names = { user: "You", model: "Model", tool: "Tool" }

function element(kind, text = "", name = "") {
	const e = document.createElement(kind)
	e.className = name
	e.textContent = text
	return e
}

// The list follows its end, unless the user has scrolled up.
let following = true
const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 40
const follow = () => following && (list.scrollTop = list.scrollHeight)
list.addEventListener("scroll", () => { following = atEnd() })
new ResizeObserver(follow).observe(list)

// line returns the line with a key, and makes it if necessary.
function line(key, kind) {
	let li = [...list.children].find((e) => e.dataset.key === key)
	if (!li) {
		li = element("li", "", kind)
		li.dataset.key = key
		li.append(element("span", names[kind], "who"), element("span", "", "text"), element("span", "", "took"))
		list.append(li)
	}
	return li
}

export function clear() {
	following = true
	list.replaceChildren()
}

export const isEmpty = () => list.children.length === 0

// say shows what is known of one thing that was said.
export function say({ key, who, said, unheard, final, cut, wait }) {
	if (final && !said && !unheard) {
		line(key, who).remove() // A noise.
		return
	}
	const li = line(key, who)
	const [, text, took] = li.children
	const rest = unheard.trimStart()
	text.replaceChildren(
		element("span", said || (who === "user" && !final ? "…" : "")),
		unheard.slice(0, unheard.length - rest.length),
		element(cut && rest ? "s" : "span", rest, "unheard"),
	)
	if (cut) text.append(element("span", unheard ? " interrupted" : " stopped", "note"))
	took.textContent = wait ? `${wait.toFixed(1)} s` : ""
	li.classList.toggle("cut", cut)
	li.dataset.final = final
	if (final) announce.textContent = `${names[who]}: ${said}${cut ? " (interrupted)" : ""}`
	follow()
}

// tool shows a function call.
export function tool(call, name, args, result) {
	const li = line(call, "tool")
	li.children[1].replaceChildren(element("code", `${name}(${args})${result ? ` → ${result}` : " …"}`))
	li.dataset.final = result !== ""
	follow()
}
