// The pickers of microphone and loudspeaker. Browsers give names of devices only once the
// microphone was allowed.
const pickers = { microphone: "audioinput", loudspeaker: "audiooutput" }

// refresh fills the pickers with the devices that there are, and keeps what was chosen.
export async function refresh() {
	const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? []
	for (const [id, kind] of Object.entries(pickers)) {
		const select = document.getElementById(id)
		const chosen = select.value
		const found = all.filter((d) => d.kind === kind && d.label && !["", "default", "communications"].includes(d.deviceId))
		select.replaceChildren(new Option("System default", ""), ...found.map((d) => new Option(d.label, d.deviceId)))
		select.value = found.some((d) => d.deviceId === chosen) ? chosen : ""
	}
}

// devices fills the pickers, now and when a device comes or goes.
export async function devices() {
	navigator.mediaDevices?.addEventListener?.("devicechange", refresh)
	await refresh()
}

// choose calls a function with the device that the user has chosen.
export function choose(id, then) {
	document.getElementById(id).addEventListener("change", (e) => then(e.target.value))
}
