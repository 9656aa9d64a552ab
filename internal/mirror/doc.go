// Package mirror keeps an account of what a Realtime server holds of one session: the
// ordered list of items with each item's state, the settings that were accepted, and
// what was asked and has no answer. A session that reconnects gives a new connection
// what the mirror holds. It knows no connection, and a [Mirror] takes no lock.
//
// Entry points, by file:
//
//   - mirror.go: [Mirror] and Observe, which takes the server's events.
//   - ask.go: [Ask], a client event without an answer.
//   - item.go: an item as a client may create it; settings.go: settings, merged.
//   - view.go: the items as a reader sees them.
//   - plan.go: Cut resolves what a lost connection left open, and [Plan] is what the
//     next one is given.
//   - transcripts.go: [Transcripts], what a transcription server still owes.
package mirror
